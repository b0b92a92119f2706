import { type Element, el } from "../domain/element.ts";
import { unavailablePresence } from "../xmpp/codec/muc.ts";
import { NS } from "../xmpp/codec/namespaces.ts";
import { isAllowed } from "./admission.ts";
import type { Core } from "./core.ts";
import { forgetClient } from "./encode-room.ts";
import { leaveForGood } from "./presence.ts";
import { restoringJoin } from "./rejoin.ts";
import { reply } from "./reply.ts";
import type { RoomView } from "./rooms.ts";

/** Most probes between two barriers. */
const PROBES = 500;

/** Takes up the occupancies of an earlier life, and rejoins their rooms. */
export function restore(core: Core): void {
  const views = new Set<RoomView>();
  for (const occupancy of core.store.occupancies.all()) {
    if (occupancy.component !== core.domain) continue;
    if (!isAllowed(core, occupancy.user)) {
      core.store.occupancies.remove(occupancy);
      continue;
    }
    const view = core.rooms.open(occupancy.user, occupancy.conversation, occupancy.nick);
    view.rejoin = true;
    view.entered = true;
    view.password = occupancy.password;
    const jid = `${view.user}/${occupancy.resource}`;
    view.resources.set(occupancy.resource, {
      jid,
      state: "in",
      wasIn: true,
      askedNick: occupancy.nick,
      history: undefined,
      seen: undefined,
    });
    views.add(view);
  }
  if (views.size === 0) return;
  core.log.info({ rooms: views.size }, "rejoining the rooms of the last run");
  rejoin(core, [...views]);
}

/** How long to wait until the journal is asked again to take the joins, milliseconds. */
const REJOIN_AGAIN = 5_000;

/** The joins wake the lanes; what waited there from before goes out behind them (rejoin.ts). */
function rejoin(core: Core, views: readonly RoomView[]): void {
  const joins = views.map((view) => restoringJoin(core, view));
  core.engine.append(joins).catch((error: unknown) => {
    core.log.error({ err: String(error) }, "the rooms of the last run could not be rejoined; trying again");
    core.clock.setTimeout(() => {
      if (!core.stopping)
        rejoin(
          core,
          views.filter((view) => view.rejoin),
        );
    }, REJOIN_AGAIN);
  });
}

/**
 * Finds out which occupants are still there: an empty message goes to each, and the server returns
 * what it cannot deliver before it answers the barrier (bounces.ts). False: the link went away.
 */
export async function verifyOccupants(core: Core): Promise<boolean> {
  const probes: Element[] = [];
  for (const view of core.rooms.all()) {
    for (const resource of view.resources.keys()) {
      probes.push(
        el(
          "message",
          { type: "groupchat", from: view.jid, to: `${view.user}/${resource}`, id: core.ids() },
          el("no-store", { xmlns: NS.hints }),
        ),
      );
    }
  }
  try {
    for (let i = 0; i < probes.length; i += PROBES) {
      core.link.send(probes.slice(i, i + PROBES));
      await core.link.barrier();
    }
    return core.link.online;
  } catch (error) {
    core.log.info({ err: String(error) }, "the link went away before its occupants were known");
    return false;
  }
}

/** Looks after what time alone changes: idle sessions, clients that did not come back, refused sessions. */
export function sweep(core: Core): void {
  const now = core.clock.now();
  core.sessions.resumeAll();
  core.sessions.closeIdle(now - core.settings.idleFor);
  if (!core.link.online) return;
  for (const view of core.rooms.detachedBefore(now - core.settings.detachedFor)) {
    void leaveForGood(core, view, `${view.user}/${view.lastClient}`, "Connection lost");
  }
}

/** Who is not served any more is told, leaves all rooms, and is cut off from the network. */
export function expel(core: Core): void {
  const farewells: Element[] = [];
  for (const view of [...core.rooms.all()]) {
    if (isAllowed(core, view.user)) continue;
    const reason = "This gateway does not serve you any more.";
    for (const [resource, { jid }] of [...view.resources]) {
      farewells.push(unavailablePresence(view.jid, jid, { nick: view.nick, statuses: [110, 307], reason }));
      forgetClient(core, view, resource);
    }
    core.rooms.drop(view);
    core.store.archive.unwatch(core.domain, view.conversation, view.user);
  }
  reply(core, farewells);
  for (const user of core.sessions.users()) {
    if (!isAllowed(core, user)) void core.sessions.close(user, "No longer served");
  }
}
