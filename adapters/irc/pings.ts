import { DeliveryError } from "../../src/domain/errors.ts";

/** Pings of one connection that may wait for their answers. */
export const MAX_PINGS = 10_000;

interface Waiter {
  readonly token: string;
  readonly resolve: () => void;
  readonly reject: (error: Error) => void;
}

/** PINGs and their PONGs: a server works off lines in order, so a PONG proves all that went before. */
export class Pings {
  #next = 0;
  #waiting: Waiter[] = [];
  /** How many looks the oldest has outlived. */
  #age = 0;

  get size(): number {
    return this.#waiting.length;
  }

  /** Sends a PING by `send`; resolves at its PONG. */
  ping(send: (line: string) => void): Promise<void> {
    const token = `i${(this.#next++).toString(36)}`;
    return new Promise((resolve, reject) => {
      try {
        if (this.#waiting.length >= MAX_PINGS) {
          throw new DeliveryError("temporary", "The IRC server owes too many answers; try again later");
        }
        send(`PING :${token}`);
        this.#waiting.push({ token, resolve, reject });
      } catch (error) {
        reject(error);
      }
    });
  }

  /** A PONG came: its PING and all before it are answered. */
  pong(token: string): void {
    const at = this.#waiting.findIndex((waiter) => waiter.token === token);
    if (at === -1) return;
    this.#age = 0;
    for (const waiter of this.#waiting.splice(0, at + 1)) waiter.resolve();
  }

  /**
   * Counts the looks at which pings waited and none had been answered since the look before; anew after
   * a pause (`paused`), as what is not read cannot be an answer.
   */
  look(paused: boolean): number {
    this.#age = paused || this.#waiting.length === 0 ? 0 : this.#age + 1;
    return this.#age;
  }

  /** No answer can come any more. */
  end(error: Error): void {
    const waiting = this.#waiting;
    this.#waiting = [];
    for (const waiter of waiting) waiter.reject(error);
  }
}
