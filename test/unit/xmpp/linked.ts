import type { Clock } from "../../../src/adapter.ts";
import { type Element, el } from "../../../src/domain/element.ts";
import type { LinkHandler, LinkLimits, LinkOptions, LinkProblem } from "../../../src/xmpp/link.ts";
import { createLink, defaultLimits } from "../../../src/xmpp/stream.ts";
import { Inbox } from "../../support/inbox.ts";
import { secret } from "./fake-server.ts";

export const domain = "irc.example.org";
/** Real time, but short waits before the next connection. */
export const quick: LinkLimits = { ...defaultLimits, reconnectFirst: 10, reconnectMost: 20 };

export const realClock: Clock = {
  now: Date.now,
  setTimeout(run, ms) {
    const timer = setTimeout(run, ms);
    return { cancel: () => clearTimeout(timer) };
  },
};

/** A clock whose hands the test moves. */
export class TestClock implements Clock {
  #now = 1_000_000;
  #timers = new Set<{ at: number; run: () => void }>();

  now(): number {
    return this.#now;
  }

  setTimeout(run: () => void, ms: number): { cancel(): void } {
    const timer = { at: this.#now + ms, run };
    this.#timers.add(timer);
    return { cancel: () => this.#timers.delete(timer) };
  }

  /** Milliseconds until each timer, soonest first. */
  get waits(): number[] {
    return [...this.#timers].map(({ at }) => at - this.#now).sort((a, b) => a - b);
  }

  /** Moves on, and runs what is due, also what is due at once. */
  pass(ms: number): void {
    const end = this.#now + ms;
    for (;;) {
      const [next] = [...this.#timers].filter(({ at }) => at <= end).sort((a, b) => a.at - b.at);
      if (next === undefined) break;
      this.#timers.delete(next);
      this.#now = Math.max(this.#now, next.at);
      next.run();
    }
    this.#now = end;
  }
}

/** A link that runs, and all that it told its handler and its log. */
export function attach(
  port: number,
  some: Partial<LinkOptions> = {},
  clock: Clock = realClock,
  on: Partial<LinkHandler> = {},
) {
  const events = new Inbox<string | LinkProblem>("events of the link", (event) => JSON.stringify(event));
  const stanzas = new Inbox<Element>("stanzas of the link", (stanza) => JSON.stringify(stanza));
  const batches: number[] = [];
  const errors: string[] = [];
  const handler: LinkHandler = {
    stanzas(batch) {
      batches.push(batch.length);
      for (const stanza of batch) stanzas.push(stanza);
    },
    oversized: (head, why) => stanzas.push({ ...head, children: [why] }),
    online: () => events.push("online"),
    offline: (problem) => events.push(problem),
    ...on,
  };
  const options = { host: "127.0.0.1", port, domain, secret, limits: quick, ...some };
  const none = () => {};
  const log = { debug: none, info: none, warn: none, error: (_: object, text: string) => errors.push(text) };
  const link = createLink(options, handler, { clock, random: () => 0.5, log });
  link.start();
  return {
    link,
    events,
    stanzas,
    batches,
    errors,
    online: () => events.waitFor((event) => event === "online", "online"),
    problem: async () =>
      (await events.waitFor((event) => typeof event !== "string", "a problem")) as LinkProblem,
    stanza: () => stanzas.waitFor(() => true, "a stanza"),
    stop: () => {
      const stopped = link.stop(0);
      if (clock instanceof TestClock) clock.pass(0);
      return stopped;
    },
  };
}

export function message(body: string, attrs: Record<string, string> = {}): Element {
  return el(
    "message",
    { from: `nick@${domain}`, to: "juliet@example.org/x", ...attrs },
    el("body", {}, body),
  );
}
