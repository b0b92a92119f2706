import type { AdapterContext, Clock, Host, Logger, StateReport } from "../../src/adapter.ts";
import type { Envelope } from "../../src/domain/envelope.ts";
import { laneKey } from "../../src/domain/envelope.ts";
import { DeliveryError } from "../../src/domain/errors.ts";
import type { Inbound, InboundMessage, Outbound } from "../../src/domain/events.ts";
import { Inbox } from "./inbox.ts";

/** The real clock, as main gives it to adapters. */
export const realClock: Clock = {
  now: () => Date.now(),
  setTimeout(run, ms) {
    const timer = setTimeout(run, ms);
    return { cancel: () => clearTimeout(timer) };
  },
};

/** Says nothing. */
export const quiet: Logger = { debug() {}, info() {}, warn() {}, error() {} };

/** What core gives an adapter when it makes it. */
export function adapterContext(domain = "net.example.org"): AdapterContext {
  return { domain, log: quiet, clock: realClock, random: Math.random };
}

/** Core as an adapter sees it: remembers what is delivered, in order, and refuses when told to. */
export class RecordingHost implements Host {
  readonly events = new Inbox<Inbound>("events from the network", (event) =>
    JSON.stringify(event).slice(0, 200),
  );
  readonly states = new Inbox<StateReport>("session states", (report) => JSON.stringify(report));
  /** How many batches came. */
  batches = 0;
  #refusing = false;
  #refused: (() => void) | undefined;

  async deliver(events: readonly Inbound[]): Promise<void> {
    // As journalling does: durable on a later turn.
    await new Promise((resolve) => setImmediate(resolve));
    if (this.#refusing) {
      // Once the refusal has arrived.
      if (this.#refused !== undefined) setImmediate(this.#refused);
      throw new DeliveryError("temporary", "full", { condition: "resource-constraint" });
    }
    this.batches++;
    for (const event of events) this.events.push(event);
  }

  state(report: StateReport): void {
    this.states.push(report);
  }

  /** Refuses everything from now on; the promise resolves when the first batch was refused. */
  refuse(): Promise<void> {
    this.#refusing = true;
    return new Promise((resolve) => {
      this.#refused = resolve;
    });
  }

  accept(): void {
    this.#refusing = false;
  }

  /** The next event of a kind in a conversation. */
  next<K extends Inbound["kind"]>(kind: K, conversation: string): Promise<Extract<Inbound, { kind: K }>> {
    return this.events.waitFor(
      (event) => event.kind === kind && event.conversation === conversation,
      `${kind} in ${conversation}`,
    ) as Promise<Extract<Inbound, { kind: K }>>;
  }

  /** The message with this text. */
  said(text: string): Promise<InboundMessage> {
    return this.events.waitFor(
      (event) => event.kind === "message" && event.text === text,
      `a message "${text}"`,
    ) as Promise<InboundMessage>;
  }

  /** The texts that somebody said in a conversation, in the order of their arrival. */
  texts(conversation: string, nick?: string): string[] {
    return this.events.all.flatMap((event) =>
      event.kind === "message" &&
      event.conversation === conversation &&
      (nick === undefined || event.nick === nick)
        ? [event.text]
        : [],
    );
  }
}

let envelopes = 0;

/** An envelope around what a user does. */
export function envelope(body: Outbound): Envelope<Outbound> {
  const at = Date.now();
  const lane = laneKey("out", "net.example.org", "romeo@example.org", body.conversation);
  return { id: `envelope-${++envelopes}`, lane, at, deadline: at + 300_000, body };
}

/** A message of romeo's. */
export function message(conversation: string, text: string, more: object = {}): Envelope<Outbound> {
  const from = "romeo@example.org/balcony";
  return envelope({ kind: "message", from, conversation, text, manner: "plain", ...more });
}

/** A join of romeo's. */
export function joining(conversation: string, nick: string, more: object = {}): Envelope<Outbound> {
  return envelope({ kind: "join", from: "romeo@example.org/balcony", conversation, nick, ...more });
}
