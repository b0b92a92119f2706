import type { Element } from "../domain/element.ts";
import type { Inbound, Leaving, Occupant } from "../domain/events.ts";
import { resourceOf } from "../domain/jid.ts";
import type { Archived } from "../store/store.ts";
import {
  invitation,
  occupantPresence,
  roomMessage,
  spoken,
  subjectMessage,
  type Unavailable,
  unavailablePresence,
} from "../xmpp/codec/muc.ts";
import type { Core } from "./core.ts";
import type { Presence, RoomView } from "./rooms.ts";

type RoomEvent = Exclude<Inbound, { kind: "message" }>;
type Joined = Extract<Inbound, { kind: "joined" }>;
type Parted = Extract<Inbound, { kind: "parted" }>;

/** Encodes what happened in a room, other than what was said, for each of the user's clients in it. */
export function encodeRoomEvent(
  core: Core,
  user: string,
  view: RoomView | undefined,
  event: RoomEvent,
  sequence: number | undefined,
  into: Element[],
): void {
  if (event.kind === "invited") {
    const room = `${event.room}@${core.domain}`;
    into.push(invitation(room, user, `${event.by}@${core.domain}`, event.text));
    return;
  }
  if (view === undefined) return;
  if (event.kind === "joined") encodeJoined(core, view, event, sequence ?? 0, into);
  else if (event.kind === "parted") encodeParted(view, event, into);
  else encodeChange(core, view, event, into);
}

function encodeChange(
  core: Core,
  view: RoomView,
  event: Exclude<RoomEvent, { kind: "joined" | "parted" | "invited" }>,
  into: Element[],
): void {
  if (event.kind === "renamed" && event.self) rename(core, view, event.newNick);
  for (const to of clients(view)) {
    switch (event.kind) {
      case "occupants":
        for (const occupant of event.occupants) into.push(presenceOf(view, to, occupant));
        break;
      case "left":
        for (const nick of event.nicks) into.push(unavailablePresence(view.jid, to, leaver(nick, event)));
        break;
      case "renamed":
        into.push(...renamed(view, to, event));
        break;
      case "subject":
        into.push(subjectMessage(view.jid, event.subject.by, to, event.subject.text, event.subject.at));
        break;
      case "note":
        into.push(roomMessage(view.jid, undefined, to, { text: event.text }));
    }
  }
}

function clients(view: RoomView): string[] {
  const present = [...view.resources].filter(([, presence]) => presence.state === "in");
  return present.map(([resource]) => `${view.user}/${resource}`);
}

function presenceOf(view: RoomView, to: string, occupant: Occupant): Element {
  return occupantPresence(view.jid, to, occupant, occupant.nick === view.nick ? [110] : []);
}

const STATUS: Record<Leaving | "gone", readonly number[]> = {
  left: [],
  kicked: [307],
  banned: [301],
  gone: [333],
};

function leaver(nick: string, event: { why: Leaving | "gone"; by?: string; text?: string }): Unavailable {
  const forced = event.why === "kicked" || event.why === "banned";
  return {
    nick,
    affiliation: event.why === "banned" ? "outcast" : "none",
    statuses: STATUS[event.why],
    ...(event.by === undefined ? {} : { actor: event.by }),
    ...(event.text === undefined ? {} : forced ? { reason: event.text } : { status: event.text }),
  };
}

/** XEP-0045 §7.6. */
function renamed(view: RoomView, to: string, event: Extract<Inbound, { kind: "renamed" }>): Element[] {
  const self = event.self ? [110] : [];
  const { nick, newNick } = event;
  return [
    unavailablePresence(view.jid, to, { nick, newNick, statuses: [303, ...self] }),
    occupantPresence(view.jid, to, { ...event.occupant, nick: newNick }, self),
  ];
}

function rename(core: Core, view: RoomView, nick: string): void {
  view.nick = nick;
  for (const resource of view.resources.keys()) remember(core, view, resource);
}

function remember(core: Core, view: RoomView, resource: string): void {
  const { user, conversation, nick, password } = view;
  const key = password === undefined ? {} : { password };
  core.store.occupancies.put({ component: core.domain, user, conversation, resource, nick, ...key });
}

/** XEP-0045 §7.2: roster, then oneself, then what was said before, then the subject. */
function encodeJoined(core: Core, view: RoomView, event: Joined, head: number, into: Element[]): void {
  view.nick = event.nick;
  for (const [resource, presence] of view.resources) {
    if (!concerns(event, resource)) continue;
    const to = `${view.user}/${resource}`;
    const self = event.occupants.find((occupant) => occupant.nick === event.nick);
    for (const occupant of event.occupants) {
      if (occupant !== self) into.push(occupantPresence(view.jid, to, occupant));
    }
    into.push(selfPresence(view, to, presence, event, self));
    // A client that was in already has seen what was said (a rejoin after a restart).
    if (presence.state === "joining") into.push(...history(core, view, to, presence, head));
    into.push(subjectMessage(view.jid, event.subject?.by, to, event.subject?.text ?? "", event.subject?.at));
    presence.state = "in";
    remember(core, view, resource);
  }
}

function selfPresence(
  view: RoomView,
  to: string,
  presence: Presence,
  event: Joined,
  self: Occupant | undefined,
): Element {
  const occupant = self ?? { nick: event.nick, role: "participant", affiliation: "none" };
  const statuses = [110];
  // XEP-0045 §7.2.2 and §10.1.1: the room has just been made; §7.2.3: under another nick than asked for.
  if (event.created === true) statuses.push(201);
  if (presence.askedNick !== event.nick) statuses.push(210);
  return occupantPresence(view.jid, to, occupant, statuses);
}

/** What the client asked for, or all that it missed while the user was in, whichever reaches further back. */
function history(core: Core, view: RoomView, to: string, presence: Presence, head: number): Element[] {
  const { archive } = core.store;
  const asked = presence.history ?? { maxMessages: core.settings.historyDefault };
  const shown = archive.history(core.domain, view.conversation, { ...asked, before: head });
  const after = hasUpTo(core, view, presence);
  const bounds = { after, before: head, maxMessages: core.settings.missedMost };
  const missed = after === undefined ? [] : archive.history(core.domain, view.conversation, bounds);
  const entries = missed.length > shown.length ? missed : shown;
  return entries.map((entry) => archivedMessage(view, to, entry));
}

/** Where this client's gap begins: its own, or where the user's last client vanished. */
function hasUpTo(core: Core, view: RoomView, presence: Presence): number | undefined {
  if (presence.seen !== undefined || !view.entered) return presence.seen;
  const { user, conversation } = view;
  return core.store.occupancies.mark({ component: core.domain, user, conversation });
}

function archivedMessage(view: RoomView, to: string, entry: Archived): Element {
  return roomMessage(view.jid, entry.nick, to, {
    text: spoken(entry.text, entry.manner),
    id: entry.id,
    archiveId: entry.id,
    delayedSince: entry.at,
  });
}

/** The user is out of the room: XEP-0045 §7.14, §8.2, §9.1, §17.3. */
function encodeParted(view: RoomView, event: Parted, into: Element[]): void {
  const gone = leaver(view.nick, event);
  const statuses = [110, ...(gone.statuses ?? [])];
  for (const [resource, presence] of view.resources) {
    if (presence.state !== "in" || !concerns(event, resource)) continue;
    into.push(unavailablePresence(view.jid, `${view.user}/${resource}`, { ...gone, statuses }));
  }
}

function concerns(event: Joined | Parted, resource: string): boolean {
  return event.to === undefined || resourceOf(event.to) === resource;
}

/** The server has what was encoded of these events: those who parted are out. */
export function settleRoomEvent(core: Core, view: RoomView, event: RoomEvent): void {
  if (event.kind === "joined" && view.resources.size > 0) {
    core.rooms.attach(view);
    view.entered = true;
  }
  if (event.kind !== "parted") return;
  for (const [resource, presence] of view.resources) {
    if (presence.state === "in" && concerns(event, resource)) forgetClient(core, view, resource);
  }
}

/** The server may not have it: it will be encoded again, and finds the clients as they were. */
export function undoRoomEvent(view: RoomView, event: RoomEvent): void {
  if (event.kind !== "joined") return;
  for (const [resource, presence] of view.resources) {
    if (concerns(event, resource)) presence.state = "joining";
  }
}

/** This client is not in the room any more. */
export function forgetClient(core: Core, view: RoomView, resource: string): void {
  const { user, conversation } = view;
  view.resources.delete(resource);
  core.store.occupancies.remove({ component: core.domain, user, conversation, resource });
  if (view.resources.size === 0) core.rooms.drop(view);
}

/** A client's join has failed: one that was in before it asked again still is. */
export function notJoined(core: Core, view: RoomView, resource: string): void {
  const presence = view.resources.get(resource);
  if (presence?.wasIn === true) presence.state = "in";
  else forgetClient(core, view, resource);
}
