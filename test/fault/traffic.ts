import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import type { IrcPeer } from "../support/irc-peer.ts";
import { Ledger, type Verdict } from "../support/ledger.ts";
import { from, isError, type Stanza, type XmppClient } from "../support/xmpp-client.ts";

/** Time between two messages of one direction: 50 each way, 100 messages/s together. */
const EVERY = 20;
/** How long what was accepted may take to arrive after a fault, milliseconds. */
const SETTLE = 60_000;
const NAME = /\b(?:out|in)-\d{6}\b/g;

export interface Ends {
  readonly channel: string;
  /** The channel's JID. */
  readonly room: string;
  readonly alice: IrcPeer;
  readonly romeo: XmppClient;
}

/**
 * Numbered messages both ways between an XMPP user and an IRC user, and the ledger of what became
 * of them. Lane `out` leads to IRC, `in` to XMPP.
 */
export class Traffic {
  readonly ledger = new Ledger();
  private readonly ids = new Map<string, string>();
  private readonly heard = new Set<XmppClient | IrcPeer>();
  private timer: NodeJS.Timeout | undefined;
  private count = 0;
  private acceptOffers = false;
  private ends: Ends;

  constructor(ends: Ends) {
    this.ends = ends;
    this.use(ends);
  }

  /** The people at the ends from now on, where some of them had to come anew. */
  use(ends: Partial<Ends>): void {
    this.ends = { ...this.ends, ...ends };
    const { alice, romeo, room, channel } = this.ends;
    if (!this.heard.has(alice)) alice.lines.each((line) => this.onIrc(line.command, line.params, channel));
    if (!this.heard.has(romeo)) romeo.stanzas.each((stanza) => this.onXmpp(stanza, room));
    this.heard.add(alice).add(romeo);
  }

  start(directions: readonly ("out" | "in")[] = ["out", "in"]): void {
    this.timer = setInterval(() => {
      for (const direction of directions) this.offer(direction);
    }, EVERY);
  }

  pause(): void {
    clearInterval(this.timer);
  }

  /** Resolves when so many more messages came out at the far ends. */
  async flowing(more: number): Promise<void> {
    const goal = this.ledger.check().delivered + more;
    await until(() => this.ledger.check().delivered >= goal, `${more} more messages delivered`);
  }

  /**
   * What the dead gateway had in its journal or archive was accepted, and nothing else: it has no
   * other word for it (delivery contract, 1). What was delivered was accepted as well.
   */
  acceptJournalled(dataDir: string): void {
    for (const message of journalled(dataDir)) this.accept(message);
  }

  /** Every message offered and not refused was accepted: no window to lose anything in. */
  acceptAll(): void {
    for (const message of this.offered) this.accept(message);
  }

  /** As {@link acceptAll}, for what is offered from now on. */
  acceptFromHere(): void {
    this.acceptOffers = true;
  }

  /** Waits until everything accepted came to an end, then judges. */
  async verdict(): Promise<Verdict> {
    await until(() => this.ledger.settled, "every accepted message to come to an end").catch(() => {});
    return this.ledger.check();
  }

  private readonly offered = new Set<string>();
  private readonly accepted = new Set<string>();

  private accept(message: string): void {
    if (!this.offered.has(message) || this.accepted.has(message)) return;
    this.accepted.add(message);
    this.ledger.accepted(message);
  }

  private offer(direction: "out" | "in"): void {
    const { alice, romeo, room, channel } = this.ends;
    const message = `${direction}-${String(++this.count).padStart(6, "0")}`;
    this.offered.add(message);
    this.ledger.offered(direction, message);
    if (this.acceptOffers) this.accept(message);
    if (direction === "in") alice.say(channel, message);
    else {
      romeo.say(room, message, "groupchat").then(
        (id) => this.ids.set(id, message),
        () => this.ledger.failed(message),
      );
    }
  }

  private onIrc(command: string, params: readonly string[], channel: string): void {
    const [target, text = ""] = params;
    if (command === "PRIVMSG" && target === channel && text.startsWith("out-"))
      this.ledger.delivered("out", text);
  }

  private onXmpp(stanza: Stanza, room: string): void {
    if (!stanza.is("message") || !from(stanza, room)) return;
    const failed = isError(stanza) ? this.ids.get(stanza.attrs.id ?? "") : undefined;
    if (failed !== undefined) this.ledger.failed(failed);
    const text = isError(stanza) ? "" : (stanza.getChildText("body") ?? "");
    if (text.startsWith("in-")) this.ledger.delivered("in", text);
  }
}

/** Every message that stands anywhere in the data file of a gateway that does not run. */
export function journalled(dataDir: string): Set<string> {
  const db = new DatabaseSync(join(dataDir, "isthmus.db"), { readOnly: true });
  try {
    const tables = db.prepare("SELECT name FROM sqlite_master WHERE type = 'table'").all();
    const rows = tables.flatMap(({ name }) => db.prepare(`SELECT * FROM "${name}"`).all());
    return new Set(
      rows.flatMap((row) => Object.values(row).flatMap((value) => String(value).match(NAME) ?? [])),
    );
  } finally {
    db.close();
  }
}

/** Polls a condition; rejects after {@link SETTLE}. */
export async function until(condition: () => boolean, what: string, ms = SETTLE): Promise<void> {
  const end = Date.now() + ms;
  while (!condition()) {
    if (Date.now() > end) throw new Error(`no ${what} within ${ms} ms`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

/** A run's outcome in one line, for the log of the suite. */
export function summary(what: string, verdict: Verdict): string {
  const { offered, accepted, delivered, lost, twice } = verdict;
  return `${what}: ${offered} offered, ${accepted} accepted, ${delivered} delivered, ${lost.length} lost, ${twice.length} twice, ${verdict.unaccounted} never taken and not told`;
}

/** 0 ≤ n < 1, the same for the same seed. */
export function seeded(seed: number): () => number {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 32;
  };
}
