import type { LinkLimits, LinkProblem } from "./link.ts";

/** A conflict waits so many times longer, at first and at most: two gateways must not fight every second. */
const conflictFactor = 10;
/** Online so long without one, conflicts are forgotten, milliseconds. */
const conflictAge = 15 * 60_000;

/** How long to wait before the next connection. */
export class Backoff {
  readonly #first: number;
  readonly #most: number;
  readonly #random: () => number;
  #failures = 0;
  #conflicts = 0;
  #last = 0;

  constructor(limits: Pick<LinkLimits, "reconnectFirst" | "reconnectMost">, random: () => number) {
    this.#first = limits.reconnectFirst;
    this.#most = limits.reconnectMost;
    this.#random = random;
  }

  /**
   * Milliseconds to wait, doubled at each failure and spread over half of itself, so that many
   * gateways do not come back at one time. A stream that lasted longer than the wait before it
   * was a good one: the next wait is the first again.
   *
   * @param onlineFor how long the stream that ended was online, milliseconds; 0 for never
   */
  next(problem: LinkProblem, onlineFor: number): number {
    if (onlineFor > this.#last) this.#failures = 0;
    if (onlineFor > conflictAge) this.#conflicts = 0;
    const conflict = problem.reason === "conflict";
    const times = conflict ? this.#conflicts++ : this.#failures++;
    const factor = conflict ? conflictFactor : 1;
    const whole = Math.min(this.#most, this.#first * 2 ** Math.min(times, 30)) * factor;
    this.#last = Math.round(whole * (0.5 + this.#random() / 2));
    return this.#last;
  }
}
