import type { Clock, Logger, Timer } from "../adapter.ts";
import type { Element } from "../domain/element.ts";
import { parseJid } from "../domain/jid.ts";
import { Backoff } from "./backoff.ts";
import { Barriers } from "./barrier.ts";
import { passOut } from "./chokepoint.ts";
import { Connection } from "./connection.ts";
import {
  type Link,
  LinkFullError,
  type LinkHandler,
  type LinkLimits,
  LinkOfflineError,
  type LinkOptions,
  type LinkProblem,
  type Refused,
} from "./link.ts";
import { Requests } from "./requests.ts";
import { Watchdog } from "./watchdog.ts";

export interface LinkDeps {
  readonly clock: Clock;
  /** 0 ≤ n < 1. */
  readonly random: () => number;
  readonly log: Logger;
}

/** A dead stream is found within 80 seconds: quiet, quiet again, and a ping unanswered twice over. */
export const defaultLimits: LinkLimits = {
  maxStanza: 262_144,
  maxDepth: 64,
  maxAttributes: 64,
  maxUnsent: 8 * 1024 * 1024,
  reconnectFirst: 500,
  reconnectMost: 60_000,
  openTimeout: 15_000,
  pingInterval: 20_000,
  pingTimeout: 20_000,
};

/** More than this is written at once, and not at the turn's end. */
const writeAt = 262_144;

/**
 * A link over @xmpp/component. Callbacks of `handler` that throw are logged and cost no more than
 * what they were called for.
 */
export function createLink(options: LinkOptions, handler: LinkHandler, deps: LinkDeps): StreamLink {
  return new StreamLink(options, handler, deps);
}

/** Keeps one stream of a component up, and is the one way in and out. After `stop` the handler is left alone. */
export class StreamLink implements Link {
  readonly domain: string;
  /** Results and errors that nobody waited for, or that another than asked sent. */
  dropped = 0;
  readonly #options: LinkOptions;
  readonly #handler: LinkHandler;
  readonly #clock: Clock;
  readonly #log: Logger;
  readonly #backoff: Backoff;
  readonly #barriers: Barriers;
  readonly #requests: Requests;
  readonly #watchdog: Watchdog;
  #connection: Connection | undefined;
  #online = false;
  #onlineSince = 0;
  #running = false;
  #paused = false;
  #again: Timer | undefined;
  #told = "";
  /** What goes out at the end of this turn. */
  #out = "";
  #flushing = false;
  /** Something was read while a barrier waits: see {@link #heard}. */
  #acknowledge = false;

  constructor(options: LinkOptions, handler: LinkHandler, deps: LinkDeps) {
    this.domain = parseJid(options.domain)?.domain ?? options.domain;
    this.#options = { ...options, domain: this.domain };
    this.#handler = handler;
    this.#clock = deps.clock;
    this.#log = deps.log;
    this.#backoff = new Backoff(options.limits, deps.random);
    this.#barriers = new Barriers(this.domain);
    this.#requests = new Requests(deps.clock);
    this.#watchdog = new Watchdog(deps.clock, options.limits, {
      // Whoever waits for a barrier hears that the stream ended; here it is the watchdog, which knows.
      ping: () => void this.barrier().catch(() => {}),
      dead: () => this.#connection?.timeOut(),
    });
  }

  get online(): boolean {
    return this.#online;
  }

  start(): void {
    if (this.#running) return;
    this.#running = true;
    this.#connect();
  }

  async stop(ms: number): Promise<void> {
    this.#running = false;
    this.#again?.cancel();
    this.#flush();
    this.#online = false;
    this.#watchdog.stop();
    await this.#connection?.close(ms);
  }

  send(batch: readonly Element[]): readonly Refused[] {
    this.#mustTake();
    const { xml, refused } = passOut(batch, this.domain, this.#options.limits.maxStanza);
    if (xml !== "") this.#put(xml);
    return refused;
  }

  barrier(): Promise<void> {
    if (!this.#online) return Promise.reject(new LinkOfflineError(this.#offlineText()));
    const promise = this.#barriers.wait();
    this.#put("");
    return promise;
  }

  request(iq: Element, timeout: number): Promise<Element> {
    return this.#requests.request(iq, timeout, (withId) => {
      const [refused] = this.send([withId]);
      if (refused !== undefined) throw new Error(refused.text);
    });
  }

  pause(): void {
    this.#paused = true;
    this.#watchdog.pause(true);
    if (this.#online) this.#connection?.pause();
  }

  resume(): void {
    this.#paused = false;
    this.#watchdog.pause(false);
    this.#connection?.resume();
  }

  #mustTake(): void {
    const connection = this.#connection;
    if (!this.#online || connection === undefined) throw new LinkOfflineError(this.#offlineText());
    if (connection.unsent + this.#out.length >= this.#options.limits.maxUnsent) {
      throw new LinkFullError(`the XMPP server does not take what ${this.domain} sends fast enough`);
    }
  }

  #offlineText(): string {
    return `${this.domain} is not connected to its XMPP server`;
  }

  /** Gathers what is sent in one turn, with the ping that a barrier needs, into one write. */
  #put(xml: string): void {
    this.#out += xml;
    if (this.#out.length >= writeAt) this.#write();
    if (this.#flushing) return;
    this.#flushing = true;
    process.nextTick(flush, this);
  }

  /** For {@link flush} alone. */
  #flush(): void {
    this.#flushing = false;
    if (!this.#online) return;
    this.#out += this.#barriers.take();
    if (this.#acknowledge && this.#out === "" && this.#barriers.waiting > 0) this.#out = " ";
    this.#acknowledge = false;
    this.#watchdog.waiting(this.#barriers.waiting, false);
    this.#write();
  }

  static flush(link: StreamLink): void {
    link.#flush();
  }

  #write(): void {
    if (this.#out === "") return;
    const out = this.#out;
    this.#out = "";
    this.#connection?.write(out);
  }

  #connect(): void {
    this.#connection = new Connection(this.#options, this.#clock, {
      online: () => this.#wentOnline(),
      stanzas: (batch) => this.#stanzas(batch),
      oversized: (head, why) => this.#guard(() => this.#handler.oversized(head, why)),
      heard: () => this.#heard(),
      ended: (problem) => this.#ended(problem),
    });
    this.#connection.start();
  }

  /**
   * A server that leaves Nagle's algorithm on (Prosody, as it comes) holds its next small write back until
   * the last is acknowledged, which the kernel puts off by 40 ms where nothing is sent. While a barrier
   * waits, white space (RFC 6120 §4.6.1) takes the acknowledgement along.
   */
  #heard(): void {
    this.#watchdog.heard();
    if (this.#barriers.waiting === 0) return;
    this.#acknowledge = true;
    this.#put("");
  }

  #wentOnline(): void {
    this.#online = true;
    this.#onlineSince = this.#clock.now();
    this.#told = "";
    this.#watchdog.start();
    if (this.#paused) this.#connection?.pause();
    this.#log.info({ domain: this.domain }, "connected to the XMPP server");
    this.#guard(() => this.#handler.online());
  }

  #ended(problem: LinkProblem): void {
    const onlineFor = this.#online ? this.#clock.now() - this.#onlineSince : 0;
    this.#online = false;
    this.#connection = undefined;
    this.#out = "";
    this.#watchdog.stop();
    const error = new LinkOfflineError(this.#offlineText());
    this.#barriers.fail(error);
    this.#requests.fail(error);
    if (!this.#running) return;
    this.#retry(problem, onlineFor);
    this.#guard(() => this.#handler.offline(problem));
  }

  #retry(problem: LinkProblem, onlineFor: number): void {
    const wait = this.#backoff.next(problem, onlineFor);
    const fields = { domain: this.domain, reason: problem.reason, retryMs: wait };
    // The same again and again is for the patient reader only.
    if (problem.text === this.#told) this.#log.debug(fields, problem.text);
    else this.#log.warn(fields, problem.text);
    this.#told = problem.text;
    this.#again = this.#clock.setTimeout(() => this.#connect(), wait);
  }

  #stanzas(batch: readonly Element[]): void {
    let kept: Element[] | undefined;
    for (let index = 0; index < batch.length; index++) {
      const stanza = batch[index];
      if (stanza === undefined) continue;
      if (stanza.name !== "iq" || !this.#isReply(stanza)) kept?.push(stanza);
      else kept ??= batch.slice(0, index);
    }
    const rest = kept ?? batch;
    if (rest.length > 0) this.#guard(() => this.#handler.stanzas(rest));
  }

  /** Whether an iq is a reply, or a ping of our own that came back: nobody else needs to see those. */
  #isReply(iq: Element): boolean {
    if (this.#barriers.answer(iq)) {
      this.#watchdog.waiting(this.#barriers.waiting, true);
      this.#put("");
      return true;
    }
    const { type } = iq.attrs;
    if (type !== "result" && type !== "error") return false;
    if (!this.#requests.answer(iq)) {
      this.dropped++;
      this.#log.debug({ domain: this.domain, from: iq.attrs.from }, "a reply that nobody waits for");
    }
    return true;
  }

  #guard(call: () => void): void {
    try {
      call();
    } catch (error) {
      this.#log.error(
        { domain: this.domain, err: error },
        "what came from the XMPP server could not be handled",
      );
    }
  }
}

const { flush } = StreamLink;
