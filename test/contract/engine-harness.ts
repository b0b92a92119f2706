import type { Envelope } from "../../src/domain/envelope.ts";
import type { Drainer, Engine, Limits, NewEnvelope, Outcome } from "../../src/queue/engine.ts";

/** What the contract suite needs of an engine under test; nothing of it says how the engine stores. */
export interface EngineHarness {
  /** A new life on what the earlier ones left; not started. */
  open(limits?: Partial<Limits>): Promise<Engine>;
  /** Ends the present life as kill -9 does: what is not durable now never will be. */
  kill(): Promise<void>;
  /** Lets that much time pass, wall time and all. */
  pass(ms: number): Promise<void>;
  /** Sets the wall clock forward or back. */
  jump(ms: number): void;
  /** Wall time, milliseconds since 1970. */
  now(): number;
  /** Gives the engine one chance to go on. */
  turn(): Promise<void>;
  /** Lets the engine do all that it can without time passing. */
  settle(): Promise<void>;
  /** Ends everything and cleans up. */
  close(): Promise<void>;
}
export type MakeHarness = () => Promise<EngineHarness>;

/** How long a test waits for what must come, milliseconds of real time. */
const patience = 20_000;

/** Waits for a condition, turn by turn. */
export async function until(harness: EngineHarness, what: string, holds: () => boolean): Promise<void> {
  const began = Date.now();
  while (!holds()) {
    if (Date.now() - began > patience) throw new Error(`this did not come: ${what}`);
    await harness.turn();
  }
}

type Answer = (lane: string, batch: readonly Envelope[], attempt: number) => Outcome[] | Promise<Outcome[]>;

export const done: Outcome = { state: "done" };
export const allDone: Answer = (_lane, batch) => batch.map(() => done);

/** The far side: writes down what it is given, and answers as a test tells it to. */
export class Far implements Drainer {
  readonly calls: { lane: string; ids: string[]; attempt: number }[] = [];
  readonly expired: string[] = [];
  /** Ids of envelopes that ended well, in order. */
  readonly delivered: string[] = [];
  answer: Answer = allDone;
  follow: (envelope: Envelope) => readonly NewEnvelope[] = () => [];
  readonly #busy = new Set<string>();

  async drain(lane: string, batch: readonly Envelope[], attempt: number): Promise<readonly Outcome[]> {
    if (this.#busy.has(lane)) throw new Error(`two drains at a time of ${lane}`);
    this.#busy.add(lane);
    this.calls.push({ lane, ids: batch.map(({ id }) => id), attempt });
    try {
      const outcomes = await this.answer(lane, batch, attempt);
      for (const [index, outcome] of outcomes.entries()) {
        const envelope = batch[index];
        if (outcome.state === "done" && envelope !== undefined) this.delivered.push(envelope.id);
      }
      return outcomes;
    } finally {
      this.#busy.delete(lane);
    }
  }

  expire(envelope: Envelope): readonly NewEnvelope[] {
    this.expired.push(envelope.id);
    return this.follow(envelope);
  }
}

/** Answers the first drain of a lane with one outcome, and everything later well. */
export function once(outcome: Outcome): Answer {
  let given = false;
  return (lane, batch, attempt) => {
    if (given) return allDone(lane, batch, attempt);
    given = true;
    return [outcome];
  };
}

/** A promise of a drain that a test ends when it wants. */
export function gate<T>(): { promise: Promise<T>; open: (value: T) => void } {
  const { promise, resolve } = Promise.withResolvers<T>();
  return { promise, open: resolve };
}

export const laneA = "out irc.example.org romeo@example.org #verona%irc.example.net";
export const laneB = "out irc.example.org juliet@example.org #verona%irc.example.net";
export const back = "in irc.example.org romeo@example.org #verona%irc.example.net";

/** An envelope that may wait an hour, where nothing else is said. */
export function letter(
  harness: EngineHarness,
  id: string,
  lane = laneA,
  more: Partial<Envelope> = {},
): Envelope {
  const at = harness.now();
  return { id, lane, at, deadline: at + 3_600_000, body: { text: `letter ${id} — ünï` }, ...more };
}

export function letters(harness: EngineHarness, prefix: string, count: number, lane = laneA): Envelope[] {
  return Array.from({ length: count }, (_, index) => letter(harness, `${prefix}${index}`, lane));
}
