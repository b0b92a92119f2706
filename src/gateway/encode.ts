import { type Element, el } from "../domain/element.ts";
import type { Envelope } from "../domain/envelope.ts";
import type { Condition } from "../domain/errors.ts";
import type { Delivery, InboundMessage, Outbound } from "../domain/events.ts";
import { resourceOf } from "../domain/jid.ts";
import { errorStanza } from "../xmpp/codec/errors.ts";
import { delay, roomMessage, spoken, unavailablePresence } from "../xmpp/codec/muc.ts";
import { NS } from "../xmpp/codec/namespaces.ts";
import type { Core } from "./core.ts";
import { encodeRoomEvent, forgetClient } from "./encode-room.ts";
import type { RoomView } from "./rooms.ts";

/** Encodes one envelope of a lane towards XMPP as stanzas, appended to `into`. */
export function encode(
  core: Core,
  user: string,
  view: RoomView | undefined,
  envelope: Envelope<Delivery>,
  into: Element[],
): void {
  const { body } = envelope;
  switch (body.kind) {
    case "event":
      if (body.event.kind === "message") encodeMessage(core, user, view, envelope, body.event, into);
      else encodeRoomEvent(core, user, view, body.event, body.sequence, into);
      return;
    case "reflection":
      encodeReflection(view, body, into);
      return;
    case "receipt":
      into.push(
        el(
          "message",
          { from: body.from, to: body.to, id: envelope.id },
          el("received", { xmlns: NS.receipts, id: body.stanzaId }),
        ),
      );
      return;
    case "error":
      encodeError(core, view, body.of, body.condition, body.text, into);
  }
}

function encodeMessage(
  core: Core,
  user: string,
  view: RoomView | undefined,
  envelope: Envelope<Delivery>,
  event: InboundMessage,
  into: Element[],
): void {
  const text = spoken(event.text, event.manner);
  const delayedSince = delaySince(core, envelope, event);
  if (event.nick === undefined) {
    into.push(personMessage(core, user, envelope.id, event, text, delayedSince));
    return;
  }
  if (event.private === true) {
    encodePrivate(core, user, view, envelope.id, event, text, delayedSince, into);
    return;
  }
  if (view === undefined) return;
  const archiveId = envelope.body.kind === "event" ? envelope.body.archiveId : undefined;
  const content = { text, id: envelope.id, archiveId, delayedSince };
  for (const [resource, presence] of view.resources) {
    if (presence.state !== "in") continue;
    into.push(roomMessage(view.jid, event.nick, `${user}/${resource}`, content));
  }
}

/** XEP-0203: only what was not said just now carries its time. */
function delaySince(core: Core, envelope: Envelope, event: InboundMessage): number | undefined {
  const since = event.at ?? envelope.at;
  return core.clock.now() - Math.min(since, envelope.at) > core.settings.delayAfter ? since : undefined;
}

function personMessage(
  core: Core,
  user: string,
  id: string,
  event: InboundMessage,
  text: string,
  since: number | undefined,
): Element {
  const server = core.adapter.address(event.conversation)?.kind === "server";
  const from = event.conversation === "-" ? core.domain : `${event.conversation}@${core.domain}`;
  // A server's own notices are not worth keeping for later (RFC 6121 §5.2.2).
  const type = server || event.conversation === "-" ? "headline" : "chat";
  const late = since === undefined ? undefined : delay(core.domain, since);
  return el("message", { type, from, to: user, id }, el("body", {}, text), late);
}

/** XEP-0045 §7.5: from an occupant to the user alone; without a client in the room, to whatever client comes. */
function encodePrivate(
  core: Core,
  user: string,
  view: RoomView | undefined,
  id: string,
  event: InboundMessage,
  text: string,
  since: number | undefined,
  into: Element[],
): void {
  const room = `${event.conversation}@${core.domain}`;
  const late = since === undefined ? undefined : delay(room, since);
  const present = [...(view?.resources ?? [])].filter(([, presence]) => presence.state === "in");
  const targets = present.length === 0 ? [user] : present.map(([resource]) => `${user}/${resource}`);
  for (const to of targets) {
    const attrs = { type: "chat", from: `${room}/${event.nick}`, to, id };
    into.push(el("message", attrs, el("body", {}, text), el("x", { xmlns: NS.mucUser }), late));
  }
}

function encodeReflection(
  view: RoomView | undefined,
  body: Extract<Delivery, { kind: "reflection" }>,
  into: Element[],
): void {
  if (view === undefined) return;
  const { message, nick, archiveId } = body;
  const content = { text: spoken(message.text, message.manner), id: message.stanzaId, archiveId };
  for (const [resource, presence] of view.resources) {
    if (presence.state === "in") into.push(roomMessage(view.jid, nick, `${view.user}/${resource}`, content));
  }
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
    if (view !== undefined) encodeLost(core, view, text, into);
  } else if (of.kind === "join" || of.kind === "nick") {
    // XEP-0045 §7.2 and §7.6: a presence error from the occupant's address that was asked for.
    if (of.kind === "join" && view !== undefined) forgetClient(core, view, resourceOf(from));
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
function encodeLost(core: Core, view: RoomView, text: string, into: Element[]): void {
  for (const resource of [...view.resources.keys()]) {
    const gone = { nick: view.nick, statuses: [110, 333], status: text };
    into.push(unavailablePresence(view.jid, `${view.user}/${resource}`, gone));
    forgetClient(core, view, resource);
  }
}
