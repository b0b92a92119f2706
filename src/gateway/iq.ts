import { childElements, type Element } from "../domain/element.ts";
import { DeliveryError } from "../domain/errors.ts";
import type { Jid } from "../domain/jid.ts";
import { errorReply, resultReply } from "../xmpp/codec/errors.ts";
import { NS } from "../xmpp/codec/namespaces.ts";
import type { Target } from "./addresses.ts";
import type { Core } from "./core.ts";
import { discoInfoOf, discoItemsOf } from "./iq-disco.ts";
import { entityTime, ping, prompt, promptSet, softwareVersion, vcard } from "./iq-info.ts";
import { mucAdmin } from "./iq-muc.ts";
import type { IqHandler, Question } from "./question.ts";
import { reply } from "./reply.ts";

/** By type, payload name and namespace. What is not here is answered with service-unavailable (RFC 6120 §8.4). */
const HANDLERS: Readonly<Record<string, IqHandler>> = {
  [`get query ${NS.discoInfo}`]: discoInfoOf,
  [`get query ${NS.discoItems}`]: discoItemsOf,
  [`get ping ${NS.ping}`]: ping,
  [`get query ${NS.version}`]: softwareVersion,
  [`get time ${NS.time}`]: entityTime,
  [`get vCard ${NS.vcard}`]: vcard,
  [`get query ${NS.gatewayPrompt}`]: prompt,
  [`set query ${NS.gatewayPrompt}`]: promptSet,
  [`set query ${NS.mucAdmin}`]: mucAdmin,
};

/** Most users whose iqs wait for their network at a time, and most iqs of one. */
const MOST_OPEN = 1_000;
const MOST_OF_USER = 50;
const open = new WeakMap<Core, Map<string, number>>();

/** Answers an iq get or set; results and errors never come here. Not journalled: asked again is as good. */
export function handleIq(core: Core, from: Jid, target: Target, iq: Element): void {
  const payload = childElements(iq)[0];
  const handler = payload && HANDLERS[`${iq.attrs.type} ${payload.name} ${payload.attrs.xmlns ?? ""}`];
  if (payload === undefined || handler === undefined) {
    reply(core, [errorReply(iq, payload === undefined ? "bad-request" : "service-unavailable")]);
  } else if (!begin(core, from.bare)) {
    reply(core, [
      errorReply(iq, "resource-constraint", "Too many questions at once. Ask again in a moment."),
    ]);
  } else {
    void answer(handler, { core, from, target, iq, payload }).finally(() => end(core, from.bare));
  }
}

function begin(core: Core, user: string): boolean {
  const users = open.get(core) ?? new Map<string, number>();
  open.set(core, users);
  const count = users.get(user) ?? 0;
  if (count >= MOST_OF_USER || (count === 0 && users.size >= MOST_OPEN)) return false;
  users.set(user, count + 1);
  return true;
}

function end(core: Core, user: string): void {
  const users = open.get(core);
  const count = users?.get(user) ?? 1;
  if (count > 1) users?.set(user, count - 1);
  else users?.delete(user);
}

async function answer(handler: IqHandler, question: Question): Promise<void> {
  const { core, iq } = question;
  try {
    const answered = await handler(question);
    reply(core, ["error" in answered ? answered.error : resultReply(iq, answered.result)]);
  } catch (error) {
    if (error instanceof DeliveryError) {
      reply(core, [errorReply(iq, error.condition, error.message)]);
      return;
    }
    core.log.error(
      { from: iq.attrs.from, to: iq.attrs.to, err: String(error) },
      "an iq could not be answered",
    );
    reply(core, [errorReply(iq, "internal-server-error")]);
  }
}
