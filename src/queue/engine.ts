import type { Envelope } from "../domain/envelope.ts";

/**
 * The lane engine's interface. test/contract/engine.ts is its contract suite; embedded/ is one
 * engine, redis/ will be the other, and nothing here may need more than a Lua script can do on one lane.
 */

/** What is known of an envelope after a drain. */
export type Outcome =
  /** It ended well. `follow` is appended together with this. */
  | { readonly state: "done"; readonly follow?: readonly NewEnvelope[] }
  /** It ended for good, and is kept as a dead letter; the lane goes on. */
  | { readonly state: "failed"; readonly reason: string; readonly follow?: readonly NewEnvelope[] }
  /** It holds its lane; tried again after `after` milliseconds, or the lane's back-off. */
  | { readonly state: "retry"; readonly reason: string; readonly after?: number }
  /** As retry, but not before `wake` of this lane (or its deadline), and not counted as an attempt. */
  | { readonly state: "hold"; readonly reason: string };

/** As an envelope, before the engine has taken it. */
export type NewEnvelope = Envelope;

export interface Drainer {
  /**
   * Delivers a batch of one lane, in order. Resolves with one outcome for each of a first part of
   * it; the rest is offered again at once. Nothing follows a retry or hold. A rejection is a retry
   * of the first. Never called twice at a time for one lane; `attempt` is the first envelope's, from 1,
   * and was recorded before the call.
   */
  drain(lane: string, batch: readonly Envelope[], attempt: number): Promise<readonly Outcome[]>;
  /** The deadline of an envelope passed; what is returned is appended together with its dead letter. */
  expire(envelope: Envelope): readonly NewEnvelope[];
}

export interface Limits {
  /** Most envelopes waiting in all lanes; append rejects with QueueFullError beyond. */
  readonly maxWaiting: number;
  /** Most envelopes waiting in one lane. */
  readonly maxLane: number;
  /** Most envelopes in one drain. */
  readonly batch: number;
  /** Most lanes drained at a time. */
  readonly concurrency: number;
  /** First and longest back-off of a lane, milliseconds; doubled in between, with jitter. */
  readonly backoffFirst: number;
  readonly backoffMost: number;
  /** How long the ledger remembers a key, milliseconds. */
  readonly ledgerAge: number;
  /** Dead letters are kept this long, milliseconds, and at most this many. */
  readonly deadAge: number;
  readonly deadMost: number;
}

/** Nothing more can be taken: too much waits, or the disk is full. The message says which. */
export class QueueFullError extends Error {
  override readonly name = "QueueFullError";
}

export interface Engine {
  /** Begins to drain: first what an earlier life left, in order. */
  start(drainer: Drainer): Promise<void>;
  /**
   * Appends in order. Resolves when all are durable; false for one whose `dedupe` this lane's ledger had already.
   * Rejects with QueueFullError, and then none was taken.
   */
  append(envelopes: readonly NewEnvelope[]): Promise<readonly boolean[]>;
  /**
   * Why `count` more envelopes of this lane cannot be taken now, in words; undefined where they can. For who
   * does something else before it appends: it promises nothing once the event loop has gone on.
   */
  room(lane: string, count: number): string | undefined;
  /** What held this lane, or made it fail, is over: drain it now, without waiting for its back-off's end. */
  wake(lane: string): void;
  /** Wakes every lane whose key begins so. */
  wakeAll(prefix: string): void;
  stats(): QueueStats;
  /** Lanes that hold something, longest waiting first. */
  lanes(most: number): Promise<readonly LaneInfo[]>;
  /** Waiting or dead envelope with its history. */
  find(id: string): Promise<EnvelopeInfo | undefined>;
  dead(most: number): Promise<readonly DeadLetter[]>;
  /** Puts a dead letter at its lane's end again, with a new deadline. False: no such letter. */
  retryDead(id: string, deadline: number): Promise<boolean>;
  dropDead(id: string): Promise<boolean>;
  /** Stops draining; waits at most `ms` for drains under way, so that their outcomes are recorded. */
  stop(ms: number): Promise<void>;
}

export interface QueueStats {
  readonly waiting: number;
  readonly lanes: number;
  readonly held: number;
  readonly dead: number;
  /** When the oldest waiting envelope was accepted, milliseconds since 1970; undefined for none. */
  readonly oldest?: number;
}

export interface LaneInfo {
  readonly lane: string;
  /** Id of the envelope that waits longest. */
  readonly head: string;
  readonly waiting: number;
  readonly state: "ready" | "draining" | "backoff" | "held";
  readonly attempts: number;
  readonly oldest: number;
  readonly nextAt?: number;
  readonly reason?: string;
}

export interface DeadLetter {
  readonly envelope: Envelope;
  readonly state: "failed" | "expired";
  readonly reason: string;
  readonly diedAt: number;
}

export interface EnvelopeInfo {
  readonly envelope: Envelope;
  readonly state: "waiting" | "failed" | "expired";
  readonly attempts: number;
  readonly history: readonly { readonly at: number; readonly what: string }[];
}
