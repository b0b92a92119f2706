import type { Clock } from "../../src/adapter.ts";

const STEP = 1000;
const SLOTS = 512;

/** What waits on a {@link Wheel}. */
export interface Ticking {
  /** The time it was scheduled for has come. */
  tick(): void;
}

/**
 * One timer for the slow time-outs of all connections, to the second: an idle connection costs an
 * entry in a set instead of a timer.
 */
export class Wheel {
  readonly #clock: Clock;
  readonly #slots: (Set<Ticking> | undefined)[] = [];
  readonly #where = new Map<Ticking, number>();
  #position = 0;
  #running = false;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** How many wait. */
  get size(): number {
    return this.#where.size;
  }

  /** Ticks after at least `ms` (at most 511 s), once; an earlier time set for it is forgotten. */
  schedule(item: Ticking, ms: number): void {
    this.cancel(item);
    const steps = Math.min(SLOTS - 1, Math.max(1, Math.ceil(ms / STEP)) + 1);
    const slot = (this.#position + (this.#running ? steps : steps - 1)) % SLOTS;
    let items = this.#slots[slot];
    if (items === undefined) {
      items = new Set();
      this.#slots[slot] = items;
    }
    items.add(item);
    this.#where.set(item, slot);
    if (!this.#running) this.#turn();
  }

  /** It does not tick any more. */
  cancel(item: Ticking): void {
    const slot = this.#where.get(item);
    if (slot === undefined) return;
    this.#where.delete(item);
    this.#slots[slot]?.delete(item);
  }

  #turn(): void {
    this.#running = true;
    this.#clock.setTimeout(() => this.#step(), STEP);
  }

  #step(): void {
    this.#position = (this.#position + 1) % SLOTS;
    const due = this.#slots[this.#position];
    this.#slots[this.#position] = undefined;
    for (const item of due ?? []) {
      if (this.#where.get(item) !== this.#position) continue;
      this.#where.delete(item);
      item.tick();
    }
    if (this.#where.size > 0) this.#turn();
    else this.#running = false;
  }
}

const wheels = new WeakMap<Clock, Wheel>();

/** The wheel of all who share a clock. */
export function wheelOf(clock: Clock): Wheel {
  let wheel = wheels.get(clock);
  if (wheel === undefined) {
    wheel = new Wheel(clock);
    wheels.set(clock, wheel);
  }
  return wheel;
}
