import { child, type Element, el } from "../../domain/element.ts";
import type { Affiliation, Manner, Occupant, Role } from "../../domain/events.ts";
import { NS } from "./namespaces.ts";
import { occupantJid, occupantName } from "./occupant.ts";

/** XEP-0045's stanzas, as pure functions. `room` is the room's bare JID, `to` the user's full one. */

/** XEP-0045 §7.2.2 and §7.1: an occupant's presence; statuses as in §15.6.2. */
export function occupantPresence(
  room: string,
  to: string,
  occupant: Occupant,
  statuses: readonly number[] = [],
  contactDomain?: string,
): Element {
  const jid =
    occupant.contact === undefined || contactDomain === undefined
      ? undefined
      : `${occupant.contact}@${contactDomain}`;
  return el(
    "presence",
    { from: occupantJid(room, occupant.nick), to },
    ...(occupant.away === undefined ? [] : [el("show", {}, "away"), el("status", {}, occupant.away)]),
    el("x", { xmlns: NS.mucUser }, item({ ...occupant, jid }), ...statuses.map(statusCode)),
  );
}

/** How an occupant left, for {@link unavailablePresence}. */
export interface Unavailable {
  readonly nick: string;
  readonly affiliation?: Affiliation;
  /** XEP-0045 §15.6.2: 110 self, 301 banned, 303 new nick, 307 kicked, 332 shutdown, 333 technical. */
  readonly statuses?: readonly number[];
  readonly newNick?: string;
  readonly actor?: string;
  readonly reason?: string;
  readonly status?: string;
}

/** XEP-0045 §7.14, §7.6, §8.2, §9.1: an occupant is gone, or has another nick. */
export function unavailablePresence(room: string, to: string, gone: Unavailable): Element {
  const details = [
    gone.actor === undefined ? undefined : el("actor", { nick: gone.actor }),
    gone.reason === undefined ? undefined : el("reason", {}, gone.reason),
  ];
  return el(
    "presence",
    { from: occupantJid(room, gone.nick), to, type: "unavailable" },
    gone.status === undefined ? undefined : el("status", {}, gone.status),
    el(
      "x",
      { xmlns: NS.mucUser },
      el(
        "item",
        {
          affiliation: gone.affiliation ?? "none",
          role: "none",
          nick: gone.newNick === undefined ? undefined : occupantName(gone.newNick),
        },
        ...details,
      ),
      ...(gone.statuses ?? []).map(statusCode),
    ),
  );
}

interface ItemFields {
  readonly role: Role;
  readonly affiliation: Affiliation;
  readonly jid?: string | undefined;
}

function item(fields: ItemFields): Element {
  return el("item", { affiliation: fields.affiliation, role: fields.role, jid: fields.jid });
}

function statusCode(code: number): Element {
  return el("status", { code: String(code) });
}

/** What stands in a room's message besides its addresses. */
export interface RoomText {
  readonly text: string;
  readonly id?: string | undefined;
  readonly archiveId?: string | undefined;
  /** XEP-0203: when it was said, milliseconds since 1970, where that was not now. */
  readonly delayedSince?: number | undefined;
}

/** XEP-0045 §7.4: a message in the room; without a nick the room itself speaks. */
export function roomMessage(room: string, nick: string | undefined, to: string, content: RoomText): Element {
  const from = nick === undefined ? room : occupantJid(room, nick);
  const { text, id, archiveId, delayedSince } = content;
  const children: Element[] = [{ name: "body", attrs: {}, children: [text] }];
  if (archiveId !== undefined) {
    children.push({
      name: "stanza-id",
      attrs: { xmlns: NS.stanzaId, by: room, id: archiveId },
      children: [],
    });
  }
  if (delayedSince !== undefined) children.push(delay(room, delayedSince));
  const type = "groupchat";
  return { name: "message", attrs: id === undefined ? { type, from, to } : { type, from, to, id }, children };
}

/** XEP-0245: an action is a body that begins with /me. */
export function spoken(text: string, manner: Manner): string {
  return manner === "action" ? `/me ${text}` : text;
}

/** XEP-0203 §4. */
export function delay(by: string, since: number): Element {
  return el("delay", { xmlns: NS.delay, from: by, stamp: new Date(since).toISOString() });
}

/** XEP-0045 §7.2.15: the subject ends the joining, even an empty one. */
export function subjectMessage(
  room: string,
  nick: string | undefined,
  to: string,
  subject: string,
  setAt?: number,
): Element {
  const from = nick === undefined ? room : occupantJid(room, nick);
  return el(
    "message",
    { type: "groupchat", from, to },
    el("subject", {}, ...(subject === "" ? [] : [subject])),
    setAt === undefined ? undefined : delay(room, setAt),
  );
}

/** XEP-0045 §7.8.2: a mediated invitation, and XEP-0249 for clients that know only that. */
export function invitation(room: string, to: string, by: string, reason?: string): Element {
  const why = reason === undefined ? undefined : el("reason", {}, reason);
  return el(
    "message",
    { from: room, to },
    el("x", { xmlns: NS.mucUser }, el("invite", { from: by }, why)),
    el("x", { xmlns: NS.conference, jid: room, reason }),
  );
}

/** What an XEP-0045 join asks for, in the `<x/>` of the presence. */
export interface JoinRequest {
  readonly password?: string;
  readonly maxMessages?: number;
  readonly maxChars?: number;
  /** Milliseconds since 1970. */
  readonly since?: number;
}

/** Reads the join's `<x xmlns='…muc'/>` (XEP-0045 §7.2); undefined where the presence has none. */
export function joinRequest(presence: Element, now: number): JoinRequest | undefined {
  const x = child(presence, "x", NS.muc);
  if (x === undefined) return undefined;
  const history = child(x, "history");
  const password = child(x, "password")?.children[0];
  return {
    ...(typeof password === "string" && password !== "" ? { password } : {}),
    ...(history === undefined ? {} : historyBounds(history, now)),
  };
}

function historyBounds(history: Element, now: number): JoinRequest {
  const { maxstanzas, maxchars, seconds, since } = history.attrs;
  const starts = [now - natural(seconds) * 1000, Date.parse(since ?? "")].filter((at) => Number.isFinite(at));
  return {
    ...(Number.isFinite(natural(maxstanzas)) ? { maxMessages: natural(maxstanzas) } : {}),
    ...(Number.isFinite(natural(maxchars)) ? { maxChars: natural(maxchars) } : {}),
    ...(starts.length > 0 ? { since: Math.max(...starts) } : {}),
  };
}

function natural(text: string | undefined): number {
  return text !== undefined && /^\d{1,15}$/.test(text) ? Number(text) : Number.NaN;
}
