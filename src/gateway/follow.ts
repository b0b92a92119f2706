import { type Envelope, parseLaneKey } from "../domain/envelope.ts";
import type { DeliveryError } from "../domain/errors.ts";
import type { Delivery, Outbound } from "../domain/events.ts";
import type { NewEnvelope } from "../queue/engine.ts";
import type { Core } from "./core.ts";

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
export function follow(
  core: Core,
  user: string,
  of: Envelope<Outbound>,
  suffix: string,
  body: Delivery,
  at: number = core.clock.now(),
): NewEnvelope {
  return {
    id: `${of.id}-${suffix}`,
    lane: core.lanes.key("in", user, of.body.conversation),
    at,
    deadline: at + core.settings.inLifetime,
    body,
  };
}
