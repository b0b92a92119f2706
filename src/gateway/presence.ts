import type { Element } from "../domain/element.ts";
import { el } from "../domain/element.ts";
import type { Outbound } from "../domain/events.ts";
import { type Jid, resourceOf } from "../domain/jid.ts";
import { errorReply } from "../xmpp/codec/errors.ts";
import { type JoinRequest, joinRequest, unavailablePresence } from "../xmpp/codec/muc.ts";
import type { Target } from "./addresses.ts";
import type { Core } from "./core.ts";
import { forgetClient } from "./encode-room.ts";
import { envelopeOf } from "./outbound.ts";
import type { RoomView } from "./rooms.ts";

/** What a presence leads to: answers at once, and what is journalled. */
export interface Reaction {
  readonly replies: readonly Element[];
  readonly journal: readonly Outbound[];
}
const NOTHING: Reaction = { replies: [], journal: [] };

/** Handles `<presence/>` of an allowed user; type error never comes here. */
export function handlePresence(core: Core, from: Jid, target: Target, stanza: Element): Reaction {
  const { type } = stanza.attrs;
  if (target.address?.kind !== "room") return handlePersonPresence(target, stanza);
  if (type === "unavailable") return leave(core, from, target, stanza);
  if (type !== undefined) return NOTHING;
  if (target.jid.resource === "") {
    // XEP-0045 §7.2.1: a room is joined under a nick.
    return reply(errorReply(stanza, "jid-malformed", "Choose a nickname to join this room."));
  }
  return enter(core, from, target, stanza);
}

function reply(...replies: Element[]): Reaction {
  return { replies, journal: [] };
}

/** XEP-0100 §4.6: adding a contact, the server or the gateway itself is granted; its presence is the session's. */
function handlePersonPresence(target: Target, stanza: Element): Reaction {
  const back = { from: stanza.attrs.to, to: stanza.attrs.from };
  const itself = target.address === undefined;
  switch (stanza.attrs.type) {
    case "subscribe":
      return reply(
        el("presence", { ...back, type: "subscribed" }),
        ...(itself ? [el("presence", back)] : []),
      );
    case "unsubscribe":
      return reply(el("presence", { ...back, type: "unsubscribed" }));
    case "probe":
      return reply(itself ? el("presence", back) : el("presence", { ...back, type: "unavailable" }));
    default:
      return NOTHING;
  }
}

/** A join, a nick change or a mere change of show (XEP-0045 §7.2, §7.6, §7.7). */
function enter(core: Core, from: Jid, target: Target, stanza: Element): Reaction {
  const conversation = target.address?.conversation ?? "";
  const nick = target.jid.resource;
  const asked = joinRequest(stanza, core.clock.now());
  const view = core.rooms.get(from.bare, conversation);
  const known = view?.resources.get(from.resource);
  if (view === undefined || known === undefined || asked !== undefined)
    return join(core, from, target, stanza, asked);
  const stanzaId = stanza.attrs.id === undefined ? {} : { stanzaId: stanza.attrs.id };
  if (nick !== view.nick)
    return { replies: [], journal: [{ kind: "nick", from: from.full, conversation, nick, ...stanzaId }] };
  return NOTHING;
}

function join(
  core: Core,
  from: Jid,
  target: Target,
  stanza: Element,
  asked: JoinRequest | undefined,
): Reaction {
  const conversation = target.address?.conversation ?? "";
  const nick = target.jid.resource;
  const existing = core.rooms.get(from.bare, conversation);
  if (existing === undefined && core.rooms.count(from.bare) >= core.settings.roomsMost) {
    return reply(
      errorReply(
        stanza,
        "resource-constraint",
        `You are in ${core.settings.roomsMost} rooms already. Leave one first.`,
      ),
    );
  }
  const view = existing ?? core.rooms.open(from.bare, conversation, nick);
  view.leaving?.cancel();
  view.leaving = undefined;
  const { password, ...bounds } = asked ?? {};
  if (password !== undefined) view.password = password;
  const history = Object.keys(bounds).length === 0 ? undefined : bounds;
  const known = view.resources.get(from.resource);
  const wasIn = known?.state === "in" || known?.wasIn === true;
  view.resources.set(from.resource, {
    jid: from.full,
    state: "joining",
    wasIn,
    askedNick: nick,
    history,
    seen: known?.seen,
  });
  const optional = {
    ...(password === undefined ? {} : { password }),
    ...(stanza.attrs.id === undefined ? {} : { stanzaId: stanza.attrs.id }),
  };
  return { replies: [], journal: [{ kind: "join", from: from.full, conversation, nick, ...optional }] };
}

/** XEP-0045 §7.14. The network is told when the last of the user's clients has left. */
function leave(core: Core, from: Jid, target: Target, stanza: Element): Reaction {
  const view = core.rooms.get(from.bare, target.address?.conversation ?? "");
  if (view === undefined || !view.resources.has(from.resource)) return NOTHING;
  const replies = [unavailablePresence(view.jid, from.full, { nick: view.nick, statuses: [110] })];
  if (view.resources.size > 1) {
    forgetClient(core, view, from.resource);
    return reply(...replies);
  }
  linger(core, view, from, stanza);
  return reply(...replies);
}

/**
 * When an XMPP server goes down it says `unavailable` for everybody and then closes the link.
 * Whoever left in the last moment before that has not left: the room waits for them.
 */
function linger(core: Core, view: RoomView, from: Jid, stanza: Element): void {
  const status = stanza.children.find((node) => typeof node !== "string" && node.name === "status");
  const text =
    typeof status === "object" && typeof status.children[0] === "string" ? status.children[0] : undefined;
  view.resources.delete(from.resource);
  view.leaving?.cancel();
  view.leaving = core.clock.setTimeout(() => {
    view.leaving = undefined;
    if (view.resources.size > 0) return;
    if (!core.link.online) core.rooms.detach(view, from.resource, core.clock.now());
    else void leaveForGood(core, view, from.full, text);
  }, core.settings.linger);
}

/** The user's last client is gone from the room: the network is told, and the occupancy ends. */
export async function leaveForGood(
  core: Core,
  view: RoomView,
  from: string,
  text: string | undefined,
): Promise<void> {
  const { user, conversation } = view;
  const body = { kind: "leave", from, conversation } as const;
  try {
    await core.engine.append([envelopeOf(core, user, text === undefined ? body : { ...body, text })]);
  } catch (error) {
    core.log.warn({ user, conversation, err: String(error) }, "leaving a room could not be journalled");
    // The next sweep tries again.
    if (view.resources.size === 0) core.rooms.detach(view, resourceOf(from), 0);
    return;
  }
  // Somebody may have come back meanwhile: their join stands behind the leave in the lane.
  if (view.resources.size > 0) return;
  forgetClient(core, view, resourceOf(from));
  core.store.archive.unwatch(core.domain, conversation, user);
}
