import type { Envelope } from "../../domain/envelope.ts";
import { Deque } from "./deque.ts";
import type { History } from "./packing.ts";

/** One waiting envelope in memory. */
export interface Entry {
  readonly seq: number;
  readonly envelope: Envelope;
  /** Length of its packed form, characters: what it counts for in memory. */
  readonly size: number;
  /** Attempts that were made and did not end it. */
  tries: number;
  /** Attempts on record; one more than `tries` where the next may be made at once. */
  recorded: number;
  /** What went wrong so far; undefined where nothing did, and then no row of it exists. */
  history: History | undefined;
}

/**
 * idle: nothing durable to drain · ready: in the queue for a drain · recording: the attempt is being
 * written · draining: with the drainer · backoff and held: parked.
 */
export type LaneState = "idle" | "ready" | "recording" | "draining" | "backoff" | "held";

/**
 * One conversation's waiting envelopes: a window of the oldest in memory, behind it only the seqs of
 * those that are on disk alone. A lane that holds nothing does not exist.
 */
export class Lane {
  readonly key: string;
  readonly window = new Deque<Entry>();
  readonly spilled = new Deque<number>();
  state: LaneState = "idle";
  /** A wake came while it was being drained: it must not be held then. */
  woken = false;
  /** Why it is parked, for people. */
  reason: string | undefined;
  /** While parked: monotonic time at which back-off ends (Infinity: held), and at which to look again. */
  backoffUntil = 0;
  due = 0;
  /** Place in the heap of parked lanes, -1 for none. */
  place = -1;

  constructor(key: string) {
    this.key = key;
  }

  get length(): number {
    return this.window.length + this.spilled.length;
  }

  /** The seq of the oldest; Infinity for none. */
  get headSeq(): number {
    return this.window.at(0)?.seq ?? this.spilled.at(0) ?? Number.POSITIVE_INFINITY;
  }
}
