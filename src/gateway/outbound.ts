import { child, childElements, childText, type Element } from "../domain/element.ts";
import { type Envelope, laneKey } from "../domain/envelope.ts";
import type { Condition } from "../domain/errors.ts";
import type { Outbound } from "../domain/events.ts";
import type { Jid } from "../domain/jid.ts";
import { utf8Length } from "../domain/text.ts";
import { NS } from "../xmpp/codec/namespaces.ts";
import type { Target } from "./addresses.ts";
import type { Core } from "./core.ts";

/** XMPP → lane: decodes a user's message. Returns what to journal, why it is refused, or nothing to do. */
export type Decoded = Outbound | { readonly refused: Condition; readonly text: string } | undefined;

/** Decodes `<message/>`; types error and headline never come here. */
export function decodeMessage(core: Core, from: Jid, target: Target, stanza: Element): Decoded {
  const { address, jid } = target;
  if (address === undefined)
    return bodyless(stanza)
      ? undefined
      : refuse("service-unavailable", "The gateway itself does not read messages.");
  const invited = address.kind === "room" ? mediatedInvitation(core, from, target, stanza) : undefined;
  if (invited !== undefined) return invited;
  if (isEncrypted(stanza)) {
    return refuse(
      "not-acceptable",
      "Encrypted messages cannot cross this gateway. Turn encryption off for this conversation.",
    );
  }
  const groupchat = stanza.attrs.type === "groupchat";
  const subject = child(stanza, "subject");
  const text = childText(stanza, "body");
  if (text === undefined && groupchat && subject !== undefined && jid.resource === "") {
    return inRoom(core, from, target) ?? topic(from, target, stanza);
  }
  if (text === undefined || text === "") return undefined;
  return (
    checkText(core, text) ??
    (groupchat ? toRoom(core, from, target, stanza, text) : toPerson(core, from, target, stanza, text))
  );
}

function refuse(refused: Condition, text: string): { refused: Condition; text: string } {
  return { refused, text };
}

function bodyless(stanza: Element): boolean {
  return child(stanza, "body") === undefined;
}

const ENCRYPTED: readonly string[] = [NS.eme, NS.omemo, NS.omemo2, NS.openpgp, NS.legacyPgp];

function isEncrypted(stanza: Element): boolean {
  return childElements(stanza).some((node) => ENCRYPTED.includes(node.attrs.xmlns ?? ""));
}

function checkText(core: Core, text: string): Decoded {
  const { maxText, maxLines } = core.adapter.capabilities;
  if (text.length > maxText || utf8Length(text) > maxText) {
    return refuse(
      "not-acceptable",
      `This message is too long: at most ${maxText} bytes can be sent at once.`,
    );
  }
  if (text.includes("\n") && text.split("\n").length > maxLines) {
    return refuse(
      "not-acceptable",
      `This message has too many lines: at most ${maxLines} can be sent at once.`,
    );
  }
  return undefined;
}

/** XEP-0045 §7.4: only occupants speak. */
function inRoom(core: Core, from: Jid, target: Target): Decoded {
  const view = core.rooms.get(from.bare, target.address?.conversation ?? "");
  if (view?.resources.has(from.resource)) return undefined;
  return refuse("not-acceptable", "You are not in this room. Join it first.");
}

function toRoom(core: Core, from: Jid, target: Target, stanza: Element, text: string): Decoded {
  if (target.address?.kind !== "room") return refuse("service-unavailable", "This is not a room.");
  if (target.jid.resource !== "")
    return refuse("bad-request", "A message to one occupant cannot be of type groupchat.");
  return (
    inRoom(core, from, target) ?? {
      ...common(from, target, stanza),
      ...manner(text),
      kind: "message",
      groupchat: true,
    }
  );
}

function toPerson(core: Core, from: Jid, target: Target, stanza: Element, text: string): Decoded {
  const { address, jid } = target;
  const base = common(from, target, stanza);
  const receipt = child(stanza, "request", NS.receipts) === undefined ? {} : { receipt: true };
  if (address?.kind === "contact") return { ...base, ...manner(text), kind: "message", ...receipt };
  if (address?.kind === "server")
    return refuse("service-unavailable", "A server does not read messages. Write to a person or a room.");
  if (jid.resource === "")
    return refuse("not-acceptable", "A message to a room has to be of type groupchat.");
  return (
    inRoom(core, from, target) ?? {
      ...base,
      ...manner(text),
      kind: "message",
      nick: jid.resource,
      ...receipt,
    }
  );
}

function common(
  from: Jid,
  target: Target,
  stanza: Element,
): { from: string; conversation: string; stanzaId?: string } {
  const { id } = stanza.attrs;
  const base = { from: from.full, conversation: target.address?.conversation ?? "-" };
  return id === undefined ? base : { ...base, stanzaId: id };
}

/** XEP-0245 §2: /me at the very start, before a space. */
function manner(text: string): { text: string; manner: "plain" | "action" } {
  return text.startsWith("/me ") ? { text: text.slice(4), manner: "action" } : { text, manner: "plain" };
}

function topic(from: Jid, target: Target, stanza: Element): Outbound {
  return { ...common(from, target, stanza), kind: "topic", text: childText(stanza, "subject") ?? "" };
}

/** XEP-0045 §7.8.2: the room is asked to invite somebody; only contacts of this component can be. */
function mediatedInvitation(core: Core, from: Jid, target: Target, stanza: Element): Decoded {
  const x = child(stanza, "x", NS.mucUser);
  const invite = x && child(x, "invite");
  if (invite === undefined) return undefined;
  const guest = core.addresses.target(invite.attrs.to ?? "");
  if (guest?.jid.domain !== core.domain || guest.address?.kind !== "contact") {
    return refuse("item-not-found", "Only people of this network can be invited into its rooms.");
  }
  return (
    inRoom(core, from, target) ?? {
      ...common(from, target, stanza),
      kind: "invite",
      nick: guest.address.conversation,
    }
  );
}

/** Puts what a user did into its lane's envelope. */
export function envelopeOf(core: Core, user: string, body: Outbound): Envelope<Outbound> {
  const at = core.clock.now();
  const { lifetime } = core.adapter.capabilities;
  const hurried = body.kind === "join" && body.restore !== true;
  const wait = hurried ? Math.min(lifetime, core.settings.joinLifetime) : lifetime;
  return {
    id: core.ids(),
    lane: laneKey("out", core.domain, user, body.conversation),
    at,
    deadline: at + wait,
    body,
  };
}
