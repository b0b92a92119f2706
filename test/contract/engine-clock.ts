import type { EngineClock } from "../../src/queue/deps.ts";

interface Alarm {
  readonly at: number;
  readonly run: () => void;
}

/** A clock that a test moves: wall time and steady time, apart where the test says so. */
export class TestClock implements EngineClock {
  #wall = 1_790_000_000_000;
  #steady = 0;
  #alarms: Alarm[] = [];

  now(): number {
    return this.#wall;
  }

  monotonic(): number {
    return this.#steady;
  }

  setTimeout(run: () => void, ms: number): { cancel(): void } {
    const alarm = { at: this.#steady + Math.max(0, ms), run };
    this.#alarms.push(alarm);
    return {
      cancel: () => {
        this.#alarms = this.#alarms.filter((other) => other !== alarm);
      },
    };
  }

  get alarms(): number {
    return this.#alarms.length;
  }

  jump(ms: number): void {
    this.#wall += ms;
  }

  /** Forgets all alarms: the process that set them is dead. */
  silence(): void {
    this.#alarms = [];
  }

  /** Lets time pass; `between` runs after each alarm. */
  async pass(ms: number, between: () => Promise<void>): Promise<void> {
    const end = this.#steady + ms;
    for (let next = this.#next(end); next !== undefined; next = this.#next(end)) {
      this.#move(next.at);
      this.#alarms = this.#alarms.filter((other) => other !== next);
      next.run();
      await between();
    }
    this.#move(end);
    await between();
  }

  #move(to: number): void {
    this.#wall += Math.max(0, to - this.#steady);
    this.#steady = Math.max(this.#steady, to);
  }

  #next(end: number): Alarm | undefined {
    let first: Alarm | undefined;
    for (const alarm of this.#alarms)
      if (alarm.at <= end && alarm.at < (first?.at ?? Infinity)) first = alarm;
    return first;
  }
}
