import type { Host, Logger } from "../../src/adapter.ts";
import type { Inbound } from "../../src/domain/events.ts";

/** More events than this not yet durable, and no more is read from the server. */
export const MAX_WAITING = 4096;

interface Settler {
  readonly at: number;
  resolve(): void;
  reject(error: unknown): void;
}

/**
 * What happened on one server, on its way to core: one batch under way at a time, so that order is
 * kept even where core refuses one, and what is read meanwhile goes as the next batch.
 */
export class Feed {
  readonly #host: Host;
  readonly #pause: (paused: boolean) => void;
  readonly #log: Logger;
  #waiting: Inbound[] = [];
  #busy = false;
  #refused = false;
  #paused = false;
  #ended = false;
  #pushed = 0;
  #taken = 0;
  #settlers: Settler[] = [];

  /** `pause` stops (true) and goes on (false) reading from the server. */
  constructor(host: Host, pause: (paused: boolean) => void, log: Logger) {
    this.#host = host;
    this.#pause = pause;
    this.#log = log;
  }

  /** How many events core has not taken yet. */
  get pending(): number {
    return this.#pushed - this.#taken;
  }

  push(event: Inbound): void {
    this.#waiting.push(event);
    this.#pushed++;
  }

  /** Hands over what was pushed, now or when the batch before it is durable. */
  flush(): void {
    if (this.#waiting.length > MAX_WAITING) this.#setPaused(true);
    if (this.#busy || this.#refused || this.#waiting.length === 0) return;
    const batch = this.#waiting;
    this.#waiting = [];
    this.#busy = true;
    this.#host.deliver(batch).then(
      () => this.#done(batch.length),
      (error: unknown) => this.#keep(batch, error),
    );
  }

  /** Core takes events again. */
  resume(): void {
    this.#refused = false;
    this.flush();
    if (!this.#refused && this.#waiting.length <= MAX_WAITING) this.#setPaused(false);
  }

  /** Resolves when all that was pushed until now is durable; rejects where the session ends first. */
  settled(): Promise<void> {
    this.flush();
    if (this.#taken === this.#pushed) return Promise.resolve();
    const at = this.#pushed;
    return new Promise((resolve, reject) => this.#settlers.push({ at, resolve, reject }));
  }

  /** The session ends: what core has refused it is offered once more; what it does not take now, it never will. */
  end(error: Error): void {
    this.#ended = true;
    this.#refused = false;
    this.flush();
    this.#unsettle(error);
  }

  #done(count: number): void {
    this.#busy = false;
    this.#taken += count;
    if (this.#settlers.length > 0) this.#settle();
    this.flush();
    if (this.#paused && this.#waiting.length <= MAX_WAITING && !this.#refused) this.#setPaused(false);
  }

  #settle(): void {
    const still: Settler[] = [];
    for (const settler of this.#settlers) {
      if (settler.at <= this.#taken) settler.resolve();
      else still.push(settler);
    }
    this.#settlers = still;
  }

  #unsettle(error: unknown): void {
    for (const settler of this.#settlers) settler.reject(error);
    this.#settlers = [];
  }

  #keep(batch: readonly Inbound[], error: unknown): void {
    this.#busy = false;
    this.#waiting = [...batch, ...this.#waiting];
    if (this.#ended) {
      this.#lose(error);
      return;
    }
    this.#refused = true;
    this.#log.warn(
      { err: error, events: this.#waiting.length },
      "events are kept back until core takes them",
    );
    this.#setPaused(true);
  }

  /** Nobody would offer them again. */
  #lose(error: unknown): void {
    this.#unsettle(error);
    const events = this.#waiting.length;
    this.#waiting = [];
    this.#taken = this.#pushed;
    this.#log.warn(
      { err: error, events },
      "events are lost: the IRC session ended before core could take them",
    );
  }

  #setPaused(paused: boolean): void {
    if (this.#paused === paused) return;
    this.#paused = paused;
    this.#pause(paused);
  }
}
