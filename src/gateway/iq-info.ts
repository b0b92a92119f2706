import { childText, el } from "../domain/element.ts";
import { UserError } from "../domain/errors.ts";
import { errorReply } from "../xmpp/codec/errors.ts";
import { NS } from "../xmpp/codec/namespaces.ts";
import { admit } from "./admission.ts";
import type { Answer, Question } from "./question.ts";

/** XEP-0199; to one's own occupant address it is XEP-0410's self-ping, and true. */
export function ping(question: Question): Answer {
  const { core, from, target, iq } = question;
  const { address, jid } = target;
  if (address?.kind !== "room" || jid.resource === "") return { result: undefined };
  const view = core.rooms.get(from.bare, address.conversation);
  const session = core.sessions.peek(from.bare);
  const inside =
    view?.resources.get(from.resource)?.state === "in" && session?.inRoom?.(address.conversation) !== false;
  if (!inside || session === undefined) {
    return { error: errorReply(iq, "not-acceptable", "You are not in this room.") };
  }
  // XEP-0410 §4: for another occupant this means that one is in, but they cannot be pinged.
  if (jid.resource !== view?.nick) return { error: errorReply(iq, "feature-not-implemented") };
  return { result: undefined };
}

/** XEP-0092. */
export function softwareVersion(question: Question): Answer {
  const { core, target, iq } = question;
  if (target.address !== undefined) return { error: errorReply(iq, "service-unavailable") };
  const query = el(
    "query",
    { xmlns: NS.version },
    el("name", {}, "Isthmus"),
    el("version", {}, core.version),
  );
  return { result: query };
}

/** XEP-0202. */
export function entityTime(question: Question): Answer {
  const { core, target, iq } = question;
  if (target.address !== undefined) return { error: errorReply(iq, "service-unavailable") };
  const utc = new Date(core.clock.now()).toISOString();
  return { result: el("time", { xmlns: NS.time }, el("tzo", {}, "+00:00"), el("utc", {}, utc)) };
}

/** XEP-0054: what the network tells about somebody. */
export async function vcard(question: Question): Promise<Answer> {
  const { core, from, target, iq } = question;
  const { address, jid } = target;
  if (address === undefined) return { result: card({ name: core.adapter.identity.name }) };
  const person = address.kind === "contact" || (address.kind === "room" && jid.resource !== "");
  if (!person) return { result: card({ name: address.name }) };
  const session = await admit(core, from.bare);
  if (session.contactInfo === undefined) return { error: errorReply(iq, "feature-not-implemented") };
  const nick = address.kind === "room" ? jid.resource : undefined;
  return { result: card(await session.contactInfo(address.conversation, nick)) };
}

function card(info: { nick?: string; name?: string; note?: string }) {
  return el(
    "vCard",
    { xmlns: NS.vcard },
    info.name === undefined ? undefined : el("FN", {}, info.name),
    info.nick === undefined ? undefined : el("NICKNAME", {}, info.nick),
    info.note === undefined ? undefined : el("DESC", {}, info.note),
  );
}

/** XEP-0100 §6.3: what a person may type to get an address. */
export function prompt(question: Question): Answer {
  const { core, target, iq } = question;
  if (target.address !== undefined) return { error: errorReply(iq, "service-unavailable") };
  const { desc, prompt: label } = core.adapter.prompt;
  return { result: el("query", { xmlns: NS.gatewayPrompt }, el("desc", {}, desc), el("prompt", {}, label)) };
}

/** XEP-0100 §6.3: the address for what was typed. */
export function promptSet(question: Question): Answer {
  const { core, target, iq, payload } = question;
  if (target.address !== undefined) return { error: errorReply(iq, "service-unavailable") };
  try {
    const address = core.adapter.fromPrompt(childText(payload, "prompt") ?? "");
    const jid = `${address.conversation}@${core.domain}`;
    return { result: el("query", { xmlns: NS.gatewayPrompt }, el("jid", {}, jid), el("prompt", {}, jid)) };
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    return { error: errorReply(iq, "item-not-found", error.message) };
  }
}
