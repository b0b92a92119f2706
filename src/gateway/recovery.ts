import { type Element, el } from "../domain/element.ts";
import { NS } from "../xmpp/codec/namespaces.ts";
import type { Core } from "./core.ts";
import { leaveForGood } from "./presence.ts";
import { restoringJoin } from "./rejoin.ts";
import type { RoomView } from "./rooms.ts";

/** Most probes between two barriers. */
const PROBES = 500;

/** Takes up the occupancies of an earlier life, and rejoins their rooms. */
export function restore(core: Core): void {
  const views = new Set<RoomView>();
  for (const occupancy of core.store.occupancies.all()) {
    if (occupancy.component !== core.domain) continue;
    const view = core.rooms.open(occupancy.user, occupancy.conversation, occupancy.nick);
    view.rejoin = true;
    view.entered = true;
    view.password = occupancy.password;
    const jid = `${view.user}/${occupancy.resource}`;
    view.resources.set(occupancy.resource, {
      jid,
      state: "in",
      askedNick: occupancy.nick,
      history: undefined,
      seen: undefined,
    });
    views.add(view);
  }
  if (views.size === 0) return;
  core.log.info({ rooms: views.size }, "rejoining the rooms of the last run");
  // They wake the lanes; what waited there from before goes out behind the join (rejoin.ts).
  core.engine.append([...views].map((view) => restoringJoin(core, view))).catch((error: unknown) => {
    core.log.error({ err: String(error) }, "the rooms of the last run could not be rejoined");
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
