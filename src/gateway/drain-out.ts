import type { SendOutcome, Sent } from "../adapter.ts";
import { type Envelope, laneKey, parseLaneKey } from "../domain/envelope.ts";
import { DeliveryError } from "../domain/errors.ts";
import type { Delivery, Outbound, OutboundMessage } from "../domain/events.ts";
import type { NewEnvelope, Outcome } from "../queue/engine.ts";
import type { Core } from "./core.ts";

const DONE: Outcome = { state: "done" };

/** Lane → network: hands a batch to the user's session and says what became of each envelope. */
export async function drainOut(
  core: Core,
  lane: string,
  batch: readonly Envelope[],
  attempt: number,
): Promise<readonly Outcome[]> {
  const { user } = parseLaneKey(lane);
  const envelopes = batch as readonly Envelope<Outbound>[];
  const sent = await core.sessions.use(user).send(envelopes, attempt);
  const outcomes: Outcome[] = [];
  for (let i = 0; i < sent.length && i < envelopes.length; i++) {
    const [result, envelope] = [sent[i], envelopes[i]];
    if (result !== undefined && envelope !== undefined)
      outcomes.push(outcomeOf(core, user, envelope, result));
  }
  return outcomes;
}

function outcomeOf(core: Core, user: string, envelope: Envelope<Outbound>, result: SendOutcome): Outcome {
  if (!(result instanceof DeliveryError)) return sentOutcome(core, user, envelope, result);
  const reason = `${result.code === undefined ? "" : `${result.code} `}${result.message}`;
  if (result.final && !worthWaiting(envelope.body, result)) {
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

/** After a restart a network that is away is waited for: the user is still in the room. */
function worthWaiting(body: Outbound, error: DeliveryError): boolean {
  return body.kind === "join" && body.restore === true && error.condition.startsWith("remote-server-");
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

/** The error that tells the sender; its lane is the conversation's own, towards XMPP. */
export function errorEnvelope(
  core: Core,
  envelope: Envelope<Outbound>,
  condition: DeliveryError["condition"],
  text: string,
): NewEnvelope {
  const { user } = parseLaneKey(envelope.lane);
  return follow(core, user, envelope, "error", { kind: "error", of: envelope.body, condition, text });
}

/** An envelope that comes of another: its id and ledger key are derived, so that a repetition is known. */
function follow(
  core: Core,
  user: string,
  of: Envelope<Outbound>,
  suffix: string,
  body: Delivery,
): NewEnvelope {
  const at = core.clock.now();
  return {
    id: `${of.id}-${suffix}`,
    lane: laneKey("in", core.domain, user, of.body.conversation),
    at,
    deadline: at + core.settings.inLifetime,
    body,
  };
}
