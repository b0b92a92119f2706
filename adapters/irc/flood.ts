import type { Clock, Timer } from "../../src/adapter.ts";
import { DeliveryError } from "../../src/domain/errors.ts";
import type { FloodOptions } from "./types.ts";

/**
 * Five lines at once, then one a second. Measured: InspIRCd 3.15 with commandrate 1000, threshold 20
 * and no fakelag kills at two a second after 30 lines, and takes one a second without end; ngIRCd 26
 * with its default penalties only delays. Networks that are stricter need their own `flood`.
 */
export const DEFAULT_FLOOD: FloodOptions = { burst: 5, perSecond: 1 };

/** Lines and callers that may wait for their turn on one connection. */
export const MAX_WAITING_LINES = 10_000;

/** Where the lines go. */
export interface FloodSink {
  write(line: string): void;
  /** More waits to be sent than should. */
  readonly congested: boolean;
}

interface Turn {
  readonly resolve: () => void;
  readonly reject: (error: Error) => void;
}

/** Holds lines back so that the server does not find us too fast: in order, and none is dropped. */
export class Flood {
  readonly #burst: number;
  /** Lines per millisecond. */
  readonly #rate: number;
  readonly #clock: Clock;
  readonly #sink: FloodSink;
  #tokens: number;
  #refilledAt: number;
  #queue: (string | Turn)[] | undefined;
  #timer: Timer | undefined;

  constructor(options: FloodOptions | "off", clock: Clock, sink: FloodSink) {
    const limits = options === "off" ? { burst: Number.POSITIVE_INFINITY, perSecond: 0 } : options;
    this.#burst = Math.max(1, limits.burst);
    this.#rate = limits.perSecond / 1000;
    this.#clock = clock;
    this.#sink = sink;
    this.#tokens = this.#burst;
    this.#refilledAt = clock.now();
  }

  /** Sends a line now or in its turn. Throws DeliveryError where too many wait. */
  send(line: string): void {
    if (this.#queue === undefined && this.#mayWrite()) this.#write(line);
    else this.#enqueue(line);
  }

  /** How many lines may go out now; Infinity without flood control. */
  allowance(): number {
    return this.#queue === undefined && this.#mayWrite() ? Math.floor(this.#tokens) : 0;
  }

  /** Resolves when a line may go out, in turn with what else waits. */
  turn(): Promise<void> {
    if (this.#queue === undefined && this.#mayWrite()) return Promise.resolve();
    return new Promise((resolve, reject) => {
      try {
        this.#enqueue({ resolve, reject });
      } catch (error) {
        reject(error);
      }
    });
  }

  /** The sink is not congested any more. */
  drained(): void {
    if (this.#queue !== undefined) this.#pump();
  }

  /** Nothing goes out any more: who waits is told. */
  end(error: Error): void {
    this.#timer?.cancel();
    this.#timer = undefined;
    const queue = this.#queue ?? [];
    this.#queue = undefined;
    for (const entry of queue) if (typeof entry !== "string") entry.reject(error);
  }

  #enqueue(entry: string | Turn): void {
    this.#queue ??= [];
    if (this.#queue.length >= MAX_WAITING_LINES) {
      throw new DeliveryError("temporary", "Too much waits to be sent to the IRC server; try again later");
    }
    this.#queue.push(entry);
    this.#wait();
  }

  #mayWrite(): boolean {
    this.#refill();
    return this.#tokens >= 1 && !this.#sink.congested;
  }

  #refill(): void {
    if (this.#tokens === Number.POSITIVE_INFINITY) return;
    const now = this.#clock.now();
    // A clock that was set back gives nothing, and takes nothing.
    this.#tokens = Math.min(this.#burst, this.#tokens + Math.max(0, now - this.#refilledAt) * this.#rate);
    this.#refilledAt = now;
  }

  #write(line: string): void {
    this.#tokens--;
    this.#sink.write(line);
  }

  #pump(): void {
    this.#timer?.cancel();
    this.#timer = undefined;
    const queue = this.#queue ?? [];
    let done = 0;
    while (done < queue.length && this.#mayWrite()) {
      const entry = queue[done++];
      if (typeof entry === "string") this.#write(entry);
      else if (entry !== undefined) {
        // The token is for whoever was called; the next look comes after its lines were written.
        entry.resolve();
        break;
      }
    }
    queue.splice(0, done);
    if (queue.length === 0) this.#queue = undefined;
    else this.#wait();
  }

  /** Looks again when there is a token; where there is one, after whoever was called has had the time to use it. */
  #wait(): void {
    if (this.#timer !== undefined || this.#sink.congested) return;
    const missing = 1 - this.#tokens;
    const ms = missing <= 0 ? 1 : Math.ceil(missing / this.#rate);
    this.#timer = this.#clock.setTimeout(() => this.#pump(), ms);
  }
}
