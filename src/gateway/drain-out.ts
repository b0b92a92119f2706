import type { SendOutcome, Sent } from "../adapter.ts";
import { type Envelope, parseLaneKey } from "../domain/envelope.ts";
import { type Condition, DeliveryError } from "../domain/errors.ts";
import type { Delivery, Outbound, OutboundMessage } from "../domain/events.ts";
import type { NewEnvelope, Outcome } from "../queue/engine.ts";
import { admit } from "./admission.ts";
import type { Core } from "./core.ts";
import { errorEnvelope, follow } from "./follow.ts";
import { rejoinFirst } from "./rejoin.ts";
import type { RoomView } from "./rooms.ts";

const DONE: Outcome = { state: "done" };

/** Lane → network: hands a batch to the user's session and says what became of each envelope. */
export async function drainOut(
  core: Core,
  lane: string,
  batch: readonly Envelope[],
  attempt: number,
): Promise<readonly Outcome[]> {
  const { user, conversation } = parseLaneKey(lane);
  const envelopes = batch as readonly Envelope<Outbound>[];
  const first = envelopes[0];
  if (first === undefined) return [];
  const session = await admit(core, user).catch((error: unknown) => refusedBy(core, first, error));
  if ("state" in session) return [session];
  const view = core.rooms.get(user, conversation);
  const held = view?.rejoin === true ? await rejoinFirst(core, view) : undefined;
  if (held !== undefined) return [held];
  if (isRestoring(first)) return [DONE];
  const outside = view === undefined && session.inRoom?.(conversation) === false;
  if (outside && first.body.kind === "message" && first.body.groupchat === true) {
    // It was taken in the moment of the last stop, which left the room (XEP-0045 §17.3).
    return [refusal(core, first, "not-acceptable", "You are not in this room any more. Join it again.")];
  }
  const sent = await session.send(envelopes, attempt);
  return outcomesOf({ core, user, view, at: core.clock.now() }, envelopes, sent);
}

function refusedBy(core: Core, envelope: Envelope<Outbound>, error: unknown): Outcome {
  if (!(error instanceof DeliveryError)) throw error;
  return refusal(core, envelope, error.condition, error.message);
}

function refusal(core: Core, envelope: Envelope<Outbound>, condition: Condition, reason: string): Outcome {
  return { state: "failed", reason, follow: [errorEnvelope(core, envelope, condition, reason)] };
}

/** What all envelopes of one drain have in common. */
interface Drain {
  readonly core: Core;
  readonly user: string;
  readonly view: RoomView | undefined;
  /** When the network's answer came. */
  readonly at: number;
}

function outcomesOf(
  drain: Drain,
  envelopes: readonly Envelope<Outbound>[],
  sent: readonly SendOutcome[],
): Outcome[] {
  const outcomes: Outcome[] = [];
  for (let i = 0; i < sent.length && i < envelopes.length; i++) {
    const [result, envelope] = [sent[i], envelopes[i]];
    if (result !== undefined && envelope !== undefined) outcomes.push(outcomeOf(drain, envelope, result));
  }
  return outcomes;
}

/** The envelope that woke the lane of a room to rejoin, which is done by now. */
function isRestoring(envelope: Envelope<Outbound>): boolean {
  return envelope.body.kind === "join" && envelope.body.restore === true;
}

function outcomeOf(drain: Drain, envelope: Envelope<Outbound>, result: SendOutcome): Outcome {
  if (!(result instanceof DeliveryError)) return sentOutcome(drain, envelope, result);
  const reason = `${result.code === undefined ? "" : `${result.code} `}${result.message}`;
  if (result.final) {
    const follow = [errorEnvelope(drain.core, envelope, result.condition, result.message)];
    return { state: "failed", reason, follow };
  }
  return result.retryAfter === undefined
    ? { state: "retry", reason }
    : { state: "retry", reason, after: result.retryAfter };
}

function sentOutcome(drain: Drain, envelope: Envelope<Outbound>, sent: Sent): Outcome {
  const { body } = envelope;
  const { core, user, at } = drain;
  if (body.kind !== "message") return DONE;
  if (body.groupchat === true) return { state: "done", follow: [reflection(drain, envelope, body, sent)] };
  const wanted = body.receipt === true && core.adapter.capabilities.lastState === "sent";
  if (!wanted || body.stanzaId === undefined) return DONE;
  const from = `${body.conversation}@${core.domain}${body.nick === undefined ? "" : `/${body.nick}`}`;
  const receipt: Delivery = { kind: "receipt", to: body.from, from, stanzaId: body.stanzaId };
  return { state: "done", follow: [follow(core, user, envelope, "receipt", receipt, at)] };
}

/** XEP-0045 §7.4: what is said in a room comes back to whoever said it, and is archived like the rest. */
function reflection(
  drain: Drain,
  envelope: Envelope<Outbound>,
  body: OutboundMessage,
  sent: Sent,
): NewEnvelope {
  const { core, user, at } = drain;
  const { manner, text, stanzaId } = body;
  const nick = sent.nick ?? drain.view?.nick ?? "";
  // The archive holds what everybody else in the room got, so that their copies are the same entries.
  const first = archive(drain, body, nick, sent.parts?.[0] ?? text);
  let { sequence } = first;
  for (const part of sent.parts?.slice(1) ?? []) sequence = archive(drain, body, nick, part).sequence;
  const message = { text, manner, stanzaId };
  const back: Delivery = { kind: "reflection", message, nick, archiveId: first.id, sequence };
  return follow(core, user, envelope, "back", back, at);
}

function archive(drain: Drain, body: OutboundMessage, nick: string, text: string) {
  const { core, user, at } = drain;
  const { conversation, manner } = body;
  return core.store.archive.record({ component: core.domain, conversation, at, nick, text, manner }, user);
}
