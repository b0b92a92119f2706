import type { EngineClock } from "../deps.ts";
import { timerMost } from "./bounds.ts";
import { Groups } from "./groups.ts";
import type { Lane } from "./lane.ts";
import { Parked } from "./parked.ts";

/**
 * Lanes that wait: in back-off, or held until a wake. One timer serves all of them. Back-off runs on
 * time that never jumps; the head's deadline is wall time, so that it means the same after a restart.
 */
export class Parking {
  readonly groups = new Groups();
  /** How many are held. */
  held = 0;
  readonly #parked = new Parked();
  readonly #clock: EngineClock;
  readonly #due: (lane: Lane) => void;
  #timer: { cancel(): void } | undefined;
  #timerAt = Number.POSITIVE_INFINITY;

  /** `due` gets each lane whose time has come, out of the parking. */
  constructor(clock: EngineClock, due: (lane: Lane) => void) {
    this.#clock = clock;
    this.#due = due;
  }

  /** Time that never jumps, milliseconds. */
  time(): number {
    return this.#clock.monotonic?.() ?? performance.now();
  }

  /** Parks a lane until `until` (monotonic; Infinity: until it is released) or its head's deadline. */
  park(lane: Lane, state: "backoff" | "held", until: number, reason: string): void {
    lane.state = state;
    lane.reason = reason;
    lane.backoffUntil = until;
    if (state === "held") this.held += 1;
    this.groups.add(lane);
    this.#place(lane);
    this.#arm();
  }

  release(lane: Lane): void {
    if (lane.state === "held") this.held -= 1;
    this.groups.remove(lane);
    this.#parked.remove(lane);
  }

  /** When the lane will be looked at again, wall time; undefined where it is not parked. */
  nextAt(lane: Lane): number | undefined {
    if (lane.place < 0 || lane.due === Number.POSITIVE_INFINITY) return undefined;
    return Math.round(this.#clock.now() + lane.due - this.time());
  }

  /** The wall clock jumped: deadlines are nearer or farther than they were. */
  rebase(): void {
    for (const lane of this.#parked.all()) this.#place(lane);
    this.#arm();
  }

  stop(): void {
    this.#timer?.cancel();
    this.#timer = undefined;
    this.#timerAt = Number.NEGATIVE_INFINITY;
  }

  #place(lane: Lane): void {
    const deadline = lane.window.at(0)?.envelope.deadline ?? Number.POSITIVE_INFINITY;
    const left = Math.max(1, deadline - this.#clock.now());
    lane.due = Math.min(lane.backoffUntil, this.time() + left);
    this.#parked.put(lane);
  }

  #arm(): void {
    const due = this.#parked.first?.due ?? Number.POSITIVE_INFINITY;
    if (due >= this.#timerAt) return;
    this.#timer?.cancel();
    const wait = Math.min(Math.max(0, due - this.time()), timerMost);
    this.#timerAt = due;
    this.#timer = this.#clock.setTimeout(this.#fire, Math.ceil(wait));
  }

  #fire = (): void => {
    this.#timer = undefined;
    this.#timerAt = Number.POSITIVE_INFINITY;
    const now = this.time();
    for (let lane = this.#parked.first; lane !== undefined && lane.due <= now; lane = this.#parked.first) {
      this.release(lane);
      this.#due(lane);
    }
    this.#arm();
  };
}
