import type { SendOutcome, Sent } from "../adapter.ts";
import { type Envelope, parseLaneKey } from "../domain/envelope.ts";
import { DeliveryError } from "../domain/errors.ts";
import type { Delivery, Outbound, OutboundMessage } from "../domain/events.ts";
import type { NewEnvelope, Outcome } from "../queue/engine.ts";
import type { Core } from "./core.ts";
import { errorEnvelope, follow } from "./follow.ts";
import { rejoinFirst } from "./rejoin.ts";

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
  const view = core.rooms.get(user, conversation);
  const held = view?.rejoin === true ? await rejoinFirst(core, view) : undefined;
  if (held !== undefined) return [held];
  if (isRestoring(envelopes[0])) return [DONE];
  const sent = await core.sessions.use(user).send(envelopes, attempt);
  const outcomes: Outcome[] = [];
  for (let i = 0; i < sent.length && i < envelopes.length; i++) {
    const [result, envelope] = [sent[i], envelopes[i]];
    if (result !== undefined && envelope !== undefined)
      outcomes.push(outcomeOf(core, user, envelope, result));
  }
  return outcomes;
}

/** The envelope that woke the lane of a room to rejoin, which is done by now. */
function isRestoring(envelope: Envelope<Outbound> | undefined): boolean {
  return envelope?.body.kind === "join" && envelope.body.restore === true;
}

function outcomeOf(core: Core, user: string, envelope: Envelope<Outbound>, result: SendOutcome): Outcome {
  if (!(result instanceof DeliveryError)) return sentOutcome(core, user, envelope, result);
  const reason = `${result.code === undefined ? "" : `${result.code} `}${result.message}`;
  if (result.final) {
    return {
      state: "failed",
      reason,
      follow: [errorEnvelope(core, envelope, result.condition, result.message)],
    };
  }
  return result.retryAfter === undefined
    ? { state: "retry", reason }
    : { state: "retry", reason, after: result.retryAfter };
}

function sentOutcome(core: Core, user: string, envelope: Envelope<Outbound>, sent: Sent): Outcome {
  const { body } = envelope;
  if (body.kind !== "message") return DONE;
  if (body.groupchat === true)
    return { state: "done", follow: [reflection(core, user, envelope, body, sent)] };
  const wanted = body.receipt === true && core.adapter.capabilities.lastState === "sent";
  if (!wanted || body.stanzaId === undefined) return DONE;
  const from = `${body.conversation}@${core.domain}${body.nick === undefined ? "" : `/${body.nick}`}`;
  const receipt: Delivery = { kind: "receipt", to: body.from, from, stanzaId: body.stanzaId };
  return { state: "done", follow: [follow(core, user, envelope, "receipt", receipt)] };
}

/** XEP-0045 §7.4: what is said in a room comes back to whoever said it, and is archived like the rest. */
function reflection(
  core: Core,
  user: string,
  envelope: Envelope<Outbound>,
  body: OutboundMessage,
  sent: Sent,
): NewEnvelope {
  const { conversation, manner } = body;
  const nick = sent.nick ?? core.rooms.get(user, conversation)?.nick ?? "";
  const base = { component: core.domain, conversation, at: core.clock.now(), nick, manner };
  // The archive holds what everybody else in the room got, so that their copies are the same entries.
  const entries = (sent.parts ?? [body.text]).map((text) =>
    core.store.archive.record({ ...base, text }, user),
  );
  const archiveId = entries[0]?.id ?? core.ids();
  const back: Delivery = {
    kind: "reflection",
    message: body,
    nick,
    archiveId,
    sequence: entries.at(-1)?.sequence ?? 0,
  };
  return follow(core, user, envelope, "back", back);
}
