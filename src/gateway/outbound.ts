import { child, childText, type Element } from "../domain/element.ts";
import type { Envelope } from "../domain/envelope.ts";
import type { Condition } from "../domain/errors.ts";
import type { Outbound, OutboundMessage } from "../domain/events.ts";
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
  for (const node of stanza.children) {
    if (typeof node === "string" || node.attrs.xmlns === undefined) continue;
    if (ENCRYPTED.includes(node.attrs.xmlns)) return true;
  }
  return false;
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
  return inRoom(core, from, target) ?? { ...message(from, target, stanza, text), groupchat: true };
}

function toPerson(core: Core, from: Jid, target: Target, stanza: Element, text: string): Decoded {
  const { address, jid } = target;
  const receipt = child(stanza, "request", NS.receipts) === undefined ? undefined : true;
  if (address?.kind === "contact") return { ...message(from, target, stanza, text), receipt };
  if (address?.kind === "server")
    return refuse("service-unavailable", "A server does not read messages. Write to a person or a room.");
  if (jid.resource === "")
    return refuse("not-acceptable", "A message to a room has to be of type groupchat.");
  return (
    inRoom(core, from, target) ?? { ...message(from, target, stanza, text), nick: jid.resource, receipt }
  );
}

/** XEP-0245 §2: /me at the very start, before a space, is an action. */
function message(from: Jid, target: Target, stanza: Element, text: string): OutboundMessage {
  const action = text.startsWith("/me ");
  return {
    kind: "message",
    from: from.full,
    conversation: target.address?.conversation ?? "-",
    text: action ? text.slice(4) : text,
    manner: action ? "action" : "plain",
    stanzaId: stanza.attrs.id,
  };
}

function common(from: Jid, target: Target, stanza: Element): Common {
  return {
    from: from.full,
    conversation: target.address?.conversation ?? "-",
    stanzaId: stanza.attrs.id,
  };
}

interface Common {
  readonly from: string;
  readonly conversation: string;
  readonly stanzaId: string | undefined;
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
export function envelopeOf(
  core: Core,
  user: string,
  body: Outbound,
  at: number = core.clock.now(),
): Envelope<Outbound> {
  const { lifetime } = core.adapter.capabilities;
  const hurried = body.kind === "join" && body.restore !== true;
  const wait = hurried ? Math.min(lifetime, core.settings.joinLifetime) : lifetime;
  return {
    id: core.ids(),
    lane: core.lanes.key("out", user, body.conversation),
    at,
    deadline: at + wait,
    body,
  };
}
