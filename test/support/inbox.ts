/** How long a wait lasts before it fails with what came instead, milliseconds. */
export const WAIT = 10_000;
/** Newest items that a failed wait shows. */
const SHOWN = 12;

interface Waiter<T> {
  readonly matches: (item: T) => boolean;
  readonly found: (item: T) => void;
}

/**
 * What arrived at a test's end of a connection, in order. A wait takes the first item that matches
 * and was not taken before, whether it came already or comes later: no race between the two.
 */
export class Inbox<T> {
  /** Everything that ever came. */
  readonly all: T[] = [];
  private waiting: T[] = [];
  private waiters: Waiter<T>[] = [];
  private readonly listeners: ((item: T) => void)[] = [];
  private readonly name: string;
  private readonly show: (item: T) => string;

  constructor(name: string, show: (item: T) => string) {
    this.name = name;
    this.show = show;
  }

  /** Calls `listener` with everything that comes from now on, taken by a wait or not. */
  each(listener: (item: T) => void): void {
    this.listeners.push(listener);
  }

  push(item: T): void {
    this.all.push(item);
    for (const listener of this.listeners) listener(item);
    const index = this.waiters.findIndex((waiter) => waiter.matches(item));
    if (index < 0) {
      this.waiting.push(item);
      return;
    }
    const [waiter] = this.waiters.splice(index, 1);
    waiter?.found(item);
  }

  /** Resolves with the first matching item not taken before; rejects after `ms`, naming `what` and what came instead. */
  waitFor(matches: (item: T) => boolean, what: string, ms = WAIT): Promise<T> {
    const index = this.waiting.findIndex(matches);
    if (index >= 0) return Promise.resolve(this.waiting.splice(index, 1)[0] as T);
    return new Promise((resolve, reject) => {
      const waiter: Waiter<T> = {
        matches,
        found: (item) => {
          clearTimeout(timer);
          resolve(item);
        },
      };
      const timer = setTimeout(() => {
        this.waiters = this.waiters.filter((other) => other !== waiter);
        reject(new Error(`${this.name}: no ${what} within ${ms} ms. ${this.rest()}`));
      }, ms);
      this.waiters.push(waiter);
    });
  }

  /** Takes all that came and was not taken. */
  takeAll(): T[] {
    return this.waiting.splice(0);
  }

  private rest(): string {
    if (this.waiting.length === 0) return "Nothing came that was not expected before.";
    const lines = this.waiting.slice(-SHOWN).map((item) => `  ${this.show(item)}`);
    return `Came instead (${this.waiting.length}, newest last):\n${lines.join("\n")}`;
  }
}
