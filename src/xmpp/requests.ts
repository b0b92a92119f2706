import { randomBytes } from "node:crypto";
import type { Clock, Timer } from "../adapter.ts";
import type { Element } from "../domain/element.ts";
import { parseJid } from "../domain/jid.ts";
import { LinkFullError } from "./link.ts";

/** Most requests under way on one link. */
export const maxRequests = 1000;

interface Pending {
  /** Prepared: only this address may answer. */
  readonly to: string;
  readonly resolve: (reply: Element) => void;
  readonly reject: (error: Error) => void;
  readonly timer: Timer;
}

/** Iq gets and sets of ours, and the replies to them, matched by id and sender. */
export class Requests {
  readonly #clock: Clock;
  readonly #pending = new Map<string, Pending>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  get size(): number {
    return this.#pending.size;
  }

  /**
   * Gives the iq an id that nobody can guess, has it sent, and resolves with its reply.
   * Rejects when `send` throws, when no reply comes within `timeout` milliseconds, and with
   * LinkFullError when too many wait.
   */
  request(iq: Element, timeout: number, send: (iq: Element) => void): Promise<Element> {
    return new Promise((resolve, reject) => {
      if (this.#pending.size >= maxRequests) {
        reject(new LinkFullError(`more than ${maxRequests} requests wait for a reply`));
        return;
      }
      const id = randomBytes(12).toString("base64url");
      send({ ...iq, attrs: { ...iq.attrs, id } });
      const to = parseJid(iq.attrs.to ?? "")?.full ?? "";
      const timer = this.#clock.setTimeout(() => {
        this.#pending.delete(id);
        reject(new Error(`${to} did not answer within ${timeout} ms`));
      }, timeout);
      this.#pending.set(id, { to, resolve, reject, timer });
    });
  }

  /** Hands a result or an error to who waits for it; false where nobody does, or another than asked sent it. */
  answer(iq: Element): boolean {
    const id = iq.attrs.id ?? "";
    const pending = this.#pending.get(id);
    if (pending === undefined || parseJid(iq.attrs.from ?? "")?.full !== pending.to) return false;
    this.#pending.delete(id);
    pending.timer.cancel();
    pending.resolve(iq);
    return true;
  }

  /** The stream ended. */
  fail(error: Error): void {
    for (const pending of this.#pending.values()) {
      pending.timer.cancel();
      pending.reject(error);
    }
    this.#pending.clear();
  }
}
