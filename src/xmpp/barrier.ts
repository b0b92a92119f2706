import { randomBytes } from "node:crypto";
import type { Element } from "../domain/element.ts";

/** Most pings under way; barriers asked for meanwhile share the next. */
export const maxPings = 8;

interface Ping {
  readonly id: string;
  readonly promise: Promise<void>;
  readonly resolve: () => void;
  readonly reject: (error: Error) => void;
}

/**
 * Barriers: a stream is ordered, so when the server has handed a stanza on, it has processed all
 * before it. The component pings its own address (XEP-0199): the server routes the ping back to us,
 * whatever else it may or may not answer, and its coming is the proof. So is an error, or a result.
 */
export class Barriers {
  readonly #domain: string;
  /** Nobody else can know it, and only the server lets anything come from our own domain. */
  readonly #prefix = `barrier-${randomBytes(9).toString("base64url")}-`;
  #count = 0;
  /** Asked for and not yet sent. */
  #next: Ping | undefined;
  readonly #sent: Ping[] = [];

  constructor(domain: string) {
    this.#domain = domain;
  }

  get waiting(): number {
    return this.#sent.length;
  }

  /** A promise for the next ping; the caller has to see to it that {@link take} is called this turn. */
  wait(): Promise<void> {
    if (this.#next === undefined) {
      const { promise, resolve, reject } = Promise.withResolvers<void>();
      // Who asked learns of a failure; nobody else has to.
      promise.catch(() => {});
      this.#next = { id: `${this.#prefix}${++this.#count}`, promise, resolve, reject };
    }
    return this.#next.promise;
  }

  /** The ping to be sent after everything else of this turn, as XML; "" for none. */
  take(): string {
    const ping = this.#next;
    if (ping === undefined || this.#sent.length >= maxPings) return "";
    this.#next = undefined;
    this.#sent.push(ping);
    return `<iq type='get' from='${this.#domain}' to='${this.#domain}' id='${ping.id}'><ping xmlns='urn:xmpp:ping'/></iq>`;
  }

  /** Whether this iq is a ping of ours that came back; if so, what waited for it is resolved. */
  answer(iq: Element): boolean {
    const { from, id } = iq.attrs;
    if (from !== this.#domain || id === undefined || !id.startsWith(this.#prefix)) return false;
    const index = this.#sent.findIndex((ping) => ping.id === id);
    for (const ping of this.#sent.splice(0, index + 1)) ping.resolve();
    return true;
  }

  /** The stream ended. */
  fail(error: Error): void {
    for (const ping of this.#sent.splice(0)) ping.reject(error);
    this.#next?.reject(error);
    this.#next = undefined;
  }
}
