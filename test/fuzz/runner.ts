import fc from "fast-check";
import type { Target } from "./target.ts";

/** An input that takes longer, when the code is warm, is a fault: everybody else waits for it, milliseconds. */
export const SLOW = 50;
/** Inputs made at a time. */
const BATCH = 200;

export interface Slowest {
  readonly ms: number;
  readonly input: unknown;
}

export interface Fault {
  readonly target: string;
  readonly why: string;
  readonly input: unknown;
}

export interface Report {
  readonly target: string;
  readonly tried: number;
  readonly slowest: Slowest;
  readonly faults: readonly Fault[];
}

/** Most faults of one target until it is left alone. */
const MOST_FAULTS = 5;

/** One target, its inputs and what became of them. The same seed gives the same inputs. */
export class Run {
  readonly target: Target;
  readonly #seed: number;
  #batch = 0;
  #tried = 0;
  #slowest: Slowest = { ms: 0, input: null };
  readonly #faults: Fault[] = [];

  constructor(target: Target, seed: number) {
    this.target = target;
    this.#seed = seed;
  }

  get report(): Report {
    return { target: this.target.name, tried: this.#tried, slowest: this.#slowest, faults: this.#faults };
  }

  get over(): boolean {
    return this.#faults.length >= MOST_FAULTS;
  }

  /** Tries the next inputs, `most` at most. */
  step(most = BATCH): void {
    const seed = this.#seed + this.#batch++;
    for (const input of fc.sample(this.target.inputs, { seed, numRuns: Math.min(most, BATCH) })) {
      if (this.over) return;
      this.one(input);
    }
  }

  one(input: unknown): void {
    this.#tried++;
    const first = this.#timed(input);
    if (first === undefined || first <= this.#slowest.ms) return;
    // Cold code, a collection of garbage or another process may have cost the time: the best of two more counts.
    const again = [this.#timed(input), this.#timed(input)];
    const ms = Math.min(first, ...again.map((one) => one ?? 0));
    if (ms > this.#slowest.ms) this.#slowest = { ms, input };
    if (ms > SLOW) this.#fault(`took ${ms.toFixed(1)} ms`, input);
  }

  /** Milliseconds; undefined where it crashed. */
  #timed(input: unknown): number | undefined {
    const before = performance.now();
    try {
      this.target.run(input);
    } catch (error) {
      this.#fault(error instanceof Error ? (error.stack ?? error.message) : String(error), input);
      return undefined;
    }
    return performance.now() - before;
  }

  #fault(why: string, input: unknown): void {
    this.#faults.push({ target: this.target.name, why, input });
  }
}

/** An input as JSON that can be given again. */
export function asJson(target: string, input: unknown): string {
  return JSON.stringify({ target, input });
}
