import type { Envelope } from "../domain/envelope.ts";
import { DeliveryError } from "../domain/errors.ts";
import type { Delivery, Inbound, InboundMessage } from "../domain/events.ts";
import type { Core } from "./core.ts";

/**
 * Network → lane: journals what a session saw, with the one archived copy of what was said in a
 * room. Resolves when durable; rejects with a DeliveryError where nothing more can be taken.
 */
export async function deliver(core: Core, user: string, events: readonly Inbound[]): Promise<void> {
  const at = core.clock.now();
  // Asked first: what is refused is offered again, and must not be in the archive then.
  const full = refusal(core, user, events);
  if (full !== undefined) throw refused(core, user, events.length, full);
  try {
    await core.engine.append(events.map((event) => envelopeOf(core, user, event, at)));
  } catch (error) {
    throw refused(core, user, events.length, String(error));
  }
}

/** Why these cannot be taken now, in words; undefined where they can. */
function refusal(core: Core, user: string, events: readonly Inbound[]): string | undefined {
  let last: string | undefined;
  for (const { conversation } of events) {
    if (conversation === last) continue;
    last = conversation;
    const why = core.engine.room(core.lanes.key("in", user, conversation), events.length);
    if (why !== undefined) return why;
  }
  return undefined;
}

function refused(core: Core, user: string, events: number, why: string): DeliveryError {
  core.log.warn({ user, events, why }, "events of the network were refused");
  return new DeliveryError("temporary", "The gateway cannot take more messages now.", {
    condition: "resource-constraint",
  });
}

function envelopeOf(core: Core, user: string, event: Inbound, at: number): Envelope<Delivery> {
  return {
    id: core.ids(),
    lane: core.lanes.key("in", user, event.conversation),
    at,
    deadline: at + core.settings.inLifetime,
    dedupe: dedupeOf(event),
    body: deliveryOf(core, user, event, at),
  };
}

/** What the network itself numbers is known again when it comes twice (an IRC replay). Keys are the lane's own. */
function dedupeOf(event: Inbound): string | undefined {
  return event.kind === "message" ? event.networkId : undefined;
}

function deliveryOf(core: Core, user: string, event: Inbound, at: number): Delivery {
  if (event.kind === "message" && event.nick !== undefined && event.private !== true) {
    return archived(core, user, event, event.nick, at);
  }
  if (event.kind === "joined") {
    const before = core.store.archive.head(core.domain, event.conversation);
    core.store.archive.watch(core.domain, event.conversation, user);
    return { kind: "event", event, sequence: before };
  }
  if (event.kind === "parted" && event.to === undefined) {
    core.store.archive.unwatch(core.domain, event.conversation, user);
  }
  return { kind: "event", event };
}

function archived(core: Core, user: string, event: InboundMessage, nick: string, at: number): Delivery {
  const { conversation, text, manner, networkId } = event;
  const copy = { component: core.domain, conversation, at: event.at ?? at, nick, text, manner, networkId };
  const entry = core.store.archive.record(copy, user);
  return { kind: "event", event, archiveId: entry.id, sequence: entry.sequence };
}
