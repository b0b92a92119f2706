import type { Clock } from "../../src/adapter.ts";

interface Waiter {
  resolve(): void;
  reject(error: Error): void;
}

/** Those who wait for one thing to happen: all are told at once, and none waits longer than its time. */
export class Waiting {
  #waiters: Waiter[] = [];

  get size(): number {
    return this.#waiters.length;
  }

  /** Resolves with {@link done}, rejects with {@link fail} or with `late()` after `ms`. */
  wait(clock: Clock, ms: number, late: () => Error): Promise<void> {
    return new Promise((resolve, reject) => {
      const timer = clock.setTimeout(() => {
        this.#waiters = this.#waiters.filter((other) => other !== waiter);
        reject(late());
      }, ms);
      const waiter: Waiter = {
        resolve: () => {
          timer.cancel();
          resolve();
        },
        reject: (error) => {
          timer.cancel();
          reject(error);
        },
      };
      this.#waiters.push(waiter);
    });
  }

  done(): void {
    for (const waiter of this.#take()) waiter.resolve();
  }

  fail(error: Error): void {
    for (const waiter of this.#take()) waiter.reject(error);
  }

  #take(): Waiter[] {
    const waiters = this.#waiters;
    this.#waiters = [];
    return waiters;
  }
}
