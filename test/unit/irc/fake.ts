import { createAddressing } from "../../../adapters/irc/address.ts";
import { parseOptions } from "../../../adapters/irc/config.ts";
import { type Connect, IrcSession } from "../../../adapters/irc/session.ts";
import type { ConnectionHandler, IrcConnection } from "../../../adapters/irc/types.ts";
import type { Clock, SendOutcome } from "../../../src/adapter.ts";
import type { Outbound } from "../../../src/domain/events.ts";
import { envelope, quiet, RecordingHost } from "../../support/host.ts";

/** A clock that only moves when told to. */
export class FakeClock implements Clock {
  #now = 1_800_000_000_000;
  readonly #timers = new Set<{ readonly at: number; run(): void }>();

  now(): number {
    return this.#now;
  }

  setTimeout(run: () => void, ms: number): { cancel(): void } {
    const timer = { at: this.#now + ms, run };
    this.#timers.add(timer);
    return { cancel: () => void this.#timers.delete(timer) };
  }

  /** Lets time pass, and what was due happens in its order. */
  pass(ms: number): void {
    const until = this.#now + ms;
    for (;;) {
      const due = [...this.#timers].filter(({ at }) => at <= until).sort((a, b) => a.at - b.at)[0];
      if (due === undefined) break;
      this.#timers.delete(due);
      this.#now = due.at;
      due.run();
    }
    this.#now = until;
  }
}

/** The lower layer without a network: writes are remembered, and a test says what the server answers. */
export class FakeConnection implements IrcConnection {
  registered = false;
  nick: string;
  readonly handler: ConnectionHandler;
  readonly written: string[][] = [];
  paused = false;
  closed = false;
  allowed = Number.POSITIVE_INFINITY;
  /** Called at each ping, before it is answered: what the server says to what was written. */
  atPing: (() => void) | undefined;
  /** Fails pings from now on. */
  broken: Error | undefined;

  constructor(handler: ConnectionHandler, nick: string) {
    this.handler = handler;
    this.nick = nick;
  }

  fold(name: string): string {
    return name.toLowerCase();
  }
  isChannel(name: string): boolean {
    return name.startsWith("#");
  }
  supports(): unknown {
    return undefined;
  }
  hasCap(): boolean {
    return false;
  }
  open(): void {}
  command(name: string, ...args: string[]): void {
    this.written.push([name, ...args]);
    if (name === "JOIN") queueMicrotask(() => this.join(args[0] ?? ""));
  }
  allowance(): number {
    return this.allowed;
  }
  async turn(): Promise<void> {}
  async ping(): Promise<void> {
    if (this.broken !== undefined) throw this.broken;
    this.atPing?.();
  }
  room(): number {
    return 400;
  }
  pause(): void {
    this.paused = true;
  }
  resume(): void {
    this.paused = false;
  }
  async close(): Promise<void> {
    this.registered = false;
    this.closed = true;
  }

  /** The server lets us in. */
  welcome(): void {
    this.registered = true;
    this.handler.report({ state: "connected", text: "Connected" });
    this.handler.readEnd();
  }

  /** The connection is lost. */
  lose(): void {
    this.registered = false;
    this.handler.report({ state: "transient-disconnect", text: "The connection was lost." });
  }

  event(name: string, event: Record<string, unknown>): void {
    this.handler.event(name, event);
  }

  says(from: string, target: string, text: string): void {
    this.handler.text({ command: "PRIVMSG", from, mask: "user@host", target, text });
  }

  /** An error as the server's numeric. */
  error(code: string, ...params: string[]): void {
    this.event("unknown command", { command: code, params: [this.nick, ...params, "says the server"] });
  }

  /** Everybody in a channel; our JOIN is answered so. */
  members: readonly string[] = [];
  join(channel: string): void {
    this.event("join", { nick: this.nick, channel });
    this.names(channel);
    this.handler.readEnd();
  }
  names(channel: string): void {
    const users = [this.nick, ...this.members].map((nick) => ({ nick, modes: [] }));
    this.event("userlist", { channel, users });
  }
}

export const ROOM = "#verona%irc.example.net";

/** A session on a fake connection. */
export class Stage {
  readonly clock = new FakeClock();
  readonly host = new RecordingHost();
  readonly session: IrcSession;
  #connection: FakeConnection | undefined;

  constructor(options: object = {}) {
    const parsed = parseOptions(options);
    const domain = "net.example.org";
    const addressing = createAddressing(parsed, domain);
    const shared = { domain, options: parsed, addressing, clock: this.clock, random: () => 0.5, log: quiet };
    const connect: Connect = (_server, identity, handler) => {
      this.#connection = new FakeConnection(handler, identity.nick);
      return this.#connection;
    };
    const registration = { user: "romeo@example.org", component: domain, fields: {} };
    this.session = new IrcSession(registration, this.host, shared, connect);
  }

  get irc(): FakeConnection {
    if (this.#connection === undefined) throw new Error("nothing was connected");
    return this.#connection;
  }

  /** Joins, on a server that lets us in, with these others inside. */
  async enter(...members: string[]): Promise<void> {
    const joined = this.does({
      kind: "join",
      from: "romeo@example.org/a",
      conversation: ROOM,
      nick: "romeo",
    });
    this.irc.members = members;
    this.irc.welcome();
    await joined;
  }

  async does(...bodies: Outbound[]): Promise<readonly SendOutcome[]> {
    return this.session.send(bodies.map(envelope), 1);
  }

  says(...texts: string[]): Promise<readonly SendOutcome[]> {
    const from = "romeo@example.org/a";
    return this.does(
      ...texts.map((text) => ({ kind: "message", from, conversation: ROOM, text, manner: "plain" }) as const),
    );
  }

  /** All that is on its way to core has arrived. */
  async settle(): Promise<void> {
    for (let i = 0; i < 5; i++) await new Promise((resolve) => setImmediate(resolve));
  }

  kinds(): string[] {
    return this.host.events.all.map(({ kind }) => kind);
  }
}
