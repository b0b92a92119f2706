import { rmSync } from "node:fs";
import { mkdir, mkdtemp } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { IrcEnd } from "./ends/irc.ts";
import { XmppEnd } from "./ends/xmpp.ts";
import type { Gateway, Running } from "./gateways/gateway.ts";

const DOMAIN = "irc.bench.test";
const SERVER = "irc.example.net";
const SECRET = "bench-secret";
/** A gateway has to be online within so many milliseconds. */
const ONLINE_WITHIN = 20_000;
/** With no join answered for so long, milliseconds, the gateway takes no more of them. */
const STALLED = 20_000;
/** Joins that may be unanswered at a time. */
const JOINS_AT_ONCE = 100;

/** The two ends, and the gateway that stands between them at the moment. */
export class Stage {
  readonly xmpp = new XmppEnd(DOMAIN, SECRET);
  readonly irc = new IrcEnd();
  #folder = "";
  #ports = { xmpp: 0, irc: 0 };
  #runs = 0;

  async open(): Promise<void> {
    this.#folder = await mkdtemp(join(process.env.BENCH_DIR ?? tmpdir(), "isthmus-bench-"));
    process.once("exit", () => rmSync(this.#folder, { recursive: true, force: true }));
    this.#ports = { xmpp: await this.xmpp.listen(), irc: await this.irc.listen() };
  }

  get folder(): string {
    return this.#folder;
  }

  /** Starts a gateway for so many users in a fresh folder, runs `act`, and ends it whatever happens. */
  async with<T>(gateway: Gateway, users: number, act: (running: Running) => Promise<T>): Promise<T> {
    this.#runs += 1;
    const folder = join(this.#folder, String(this.#runs));
    await mkdir(folder);
    const running = await gateway.start({
      xmppPort: this.#ports.xmpp,
      ircPort: this.#ports.irc,
      domain: DOMAIN,
      secret: SECRET,
      server: SERVER,
      users: Array.from({ length: users }, (_, index) => user(index)),
      folder,
    });
    try {
      await within(ONLINE_WITHIN, this.xmpp.online(), `${gateway.name} did not connect to the XMPP end`);
      return await act(running);
    } finally {
      await running.stop();
      this.xmpp.reset();
      this.irc.reset();
    }
  }

  /**
   * Users `from` up to, not including, `to` each join a channel of their own. Resolves with how many
   * joins were answered: fewer than asked for where the gateway takes no more. Rejects when one is refused.
   */
  async join(from: number, to: number): Promise<number> {
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    let next = from;
    let answered = 0;
    const more = () => {
      let stanzas = "";
      for (; next < to && next - from - answered < JOINS_AT_ONCE; next += 1) stanzas += joinStanza(next);
      if (stanzas !== "") this.xmpp.write(stanzas);
    };
    const stall = setTimeout(resolve, STALLED);
    this.xmpp.onJoin = (_room, _user, error) => {
      if (error !== undefined) reject(new Error(`a join was refused: ${error}`));
      answered += 1;
      stall.refresh();
      if (answered === to - from) resolve();
      else more();
    };
    more();
    await promise.finally(() => clearTimeout(stall));
    this.xmpp.onJoin = () => {};
    return answered;
  }

  close(): void {
    this.xmpp.close();
    this.irc.close();
    rmSync(this.#folder, { recursive: true, force: true });
  }
}

export function user(index: number): string {
  return `user${index}@bench.test`;
}

export function nick(index: number): string {
  return `bench${index}`;
}

export function channel(index: number): string {
  return `#room${index}`;
}

export function room(index: number): string {
  return `${channel(index)}%${SERVER}@${DOMAIN}`;
}

function joinStanza(index: number): string {
  return (
    `<presence from='${user(index)}/bench' to='${room(index)}/${nick(index)}'>` +
    `<x xmlns='http://jabber.org/protocol/muc'><history maxstanzas='0'/></x></presence>`
  );
}

/** The promise, or a rejection with that text after so many milliseconds. */
export async function within<T>(ms: number, promise: Promise<T>, text: string | (() => string)): Promise<T> {
  const late = Promise.withResolvers<never>();
  const timer = setTimeout(() => {
    late.reject(new Error(`after ${ms / 1000} s: ${typeof text === "string" ? text : text()}`));
  }, ms);
  try {
    return await Promise.race([promise, late.promise]);
  } finally {
    clearTimeout(timer);
  }
}
