import { type Element, el } from "../domain/element.ts";
import type { Envelope } from "../domain/envelope.ts";
import type { Condition } from "../domain/errors.ts";
import type { Delivery, InboundMessage, Outbound } from "../domain/events.ts";
import { resourceOf } from "../domain/jid.ts";
import { errorStanza } from "../xmpp/codec/errors.ts";
import { delay, type RoomText, roomMessage, spoken, unavailablePresence } from "../xmpp/codec/muc.ts";
import { NS } from "../xmpp/codec/namespaces.ts";
import { occupantJid } from "../xmpp/codec/occupant.ts";
import type { Core } from "./core.ts";
import { encodeRoomEvent, forgetClient, notJoined } from "./encode-room.ts";
import type { RoomView } from "./rooms.ts";

/** What all envelopes of one drain have in common. */
export interface Encoding {
  readonly core: Core;
  readonly user: string;
  readonly view: RoomView | undefined;
  /** Milliseconds since 1970. */
  readonly now: number;
  /** Where the stanzas go. */
  readonly into: Element[];
}

/** Encodes one envelope of a lane towards XMPP as stanzas. */
export function encode(encoding: Encoding, envelope: Envelope<Delivery>): void {
  const { core, user, view, into } = encoding;
  const { body } = envelope;
  switch (body.kind) {
    case "event":
      if (body.event.kind === "message") encodeMessage(encoding, envelope, body.event, body.archiveId);
      else encodeRoomEvent(core, user, view, body.event, body.sequence, into);
      return;
    case "reflection":
      encodeReflection(encoding, body);
      return;
    case "receipt": {
      const received = el("received", { xmlns: NS.receipts, id: body.stanzaId });
      into.push(el("message", { from: body.from, to: body.to, id: envelope.id }, received));
      return;
    }
    case "error":
      encodeError(core, view, body.of, body.condition, body.text, into);
  }
}

function encodeMessage(
  encoding: Encoding,
  { id, at }: Envelope,
  event: InboundMessage,
  archiveId: string | undefined,
): void {
  const { view, into } = encoding;
  const content = {
    id,
    text: spoken(event.text, event.manner),
    archiveId,
    delayedSince: delaySince(encoding, at, event),
  };
  if (event.nick === undefined) into.push(personMessage(encoding, event, content));
  else if (event.private === true) encodePrivate(encoding, event, content);
  else if (view !== undefined) toClients(view, event.nick, content, into);
}

function toClients(view: RoomView, nick: string, content: RoomText, into: Element[]): void {
  for (const { jid, state } of view.resources.values()) {
    if (state === "in") into.push(roomMessage(view.jid, nick, jid, content));
  }
}

/** XEP-0203: only what was not said just now carries its time. */
function delaySince({ core, now }: Encoding, at: number, event: InboundMessage): number | undefined {
  const since = event.at ?? at;
  return now - Math.min(since, at) > core.settings.delayAfter ? since : undefined;
}

function personMessage({ core, user }: Encoding, event: InboundMessage, content: RoomText): Element {
  const server = core.adapter.address(event.conversation)?.kind === "server";
  const from = event.conversation === "-" ? core.domain : `${event.conversation}@${core.domain}`;
  // A server's own notices are not worth keeping for later (RFC 6121 §5.2.2).
  const type = server || event.conversation === "-" ? "headline" : "chat";
  const { id, text, delayedSince } = content;
  const late = delayedSince === undefined ? undefined : delay(core.domain, delayedSince);
  return el("message", { type, from, to: user, id }, el("body", {}, text), late);
}

/** XEP-0045 §7.5: from an occupant to the user alone; without a client in the room, to whatever client comes. */
function encodePrivate(encoding: Encoding, event: InboundMessage, content: RoomText): void {
  const { core, user, view, into } = encoding;
  const { id, text, delayedSince } = content;
  const room = `${event.conversation}@${core.domain}`;
  const late = delayedSince === undefined ? undefined : delay(room, delayedSince);
  const present = [...(view?.resources.values() ?? [])].filter(({ state }) => state === "in");
  const targets = present.length === 0 ? [user] : present.map(({ jid }) => jid);
  for (const to of targets) {
    const attrs = { type: "chat", from: occupantJid(room, event.nick ?? ""), to, id };
    into.push(el("message", attrs, el("body", {}, text), el("x", { xmlns: NS.mucUser }), late));
  }
}

function encodeReflection({ view, into }: Encoding, body: Extract<Delivery, { kind: "reflection" }>): void {
  if (view === undefined) return;
  const { message, nick, archiveId } = body;
  toClients(
    view,
    nick,
    { text: spoken(message.text, message.manner), id: message.stanzaId, archiveId },
    into,
  );
}

function encodeError(
  core: Core,
  view: RoomView | undefined,
  of: Outbound,
  condition: Condition,
  text: string,
  into: Element[],
): void {
  const room = of.conversation === "-" ? core.domain : `${of.conversation}@${core.domain}`;
  const { from } = of;
  const id = "stanzaId" in of ? of.stanzaId : undefined;
  if (of.kind === "join" && of.restore === true) {
    if (view !== undefined) encodeLost(view, text, into);
  } else if (of.kind === "join" || of.kind === "nick") {
    // XEP-0045 §7.2 and §7.6: a presence error from the occupant's address that was asked for.
    const failed = { name: "presence", from, to: `${room}/${of.nick}`, id };
    into.push(errorStanza(failed, condition, text, el("x", { xmlns: NS.muc })));
  } else if (of.kind === "message" || of.kind === "topic" || of.kind === "invite") {
    const to = of.kind === "message" && of.nick !== undefined ? `${room}/${of.nick}` : room;
    into.push(errorStanza({ name: "message", from, to, id }, condition, text));
  } else {
    core.log.info(
      { kind: of.kind, conversation: of.conversation, condition, text },
      "nobody waits for this failure",
    );
  }
}

/** A room of the last run could not be rejoined: all of the user's clients are out of it (XEP-0045 §17.3). */
function encodeLost(view: RoomView, text: string, into: Element[]): void {
  for (const { jid } of view.resources.values()) {
    into.push(unavailablePresence(view.jid, jid, { nick: view.nick, statuses: [110, 333], status: text }));
  }
}

/** The server has the error: who could not join is not in, unless they were in before they asked again. */
export function settleError(core: Core, view: RoomView, of: Outbound): void {
  if (of.kind !== "join") return;
  if (of.restore === true) {
    for (const resource of [...view.resources.keys()]) forgetClient(core, view, resource);
  } else notJoined(core, view, resourceOf(of.from));
}
