import type { SessionState } from "../../src/adapter.ts";
import type { Condition } from "../../src/domain/errors.ts";

/** What the two layers of this adapter say to one another: connection.ts below, session.ts above. */

export interface ServerOptions {
  /** The name in addresses; keys `options.servers`. */
  readonly name: string;
  readonly host: string;
  readonly port: number;
  readonly tls: boolean;
  readonly verify: boolean;
  /** PEM of the authorities to trust instead of the system's. */
  readonly ca?: string;
  /** Sent as PASS, and never as SASL credentials. */
  readonly password?: string;
  readonly sasl?: SaslOptions;
  readonly flood: FloodOptions | "off";
  /** Most connection attempts per second from this gateway to this server, all users together. */
  readonly connectRate: number;
}
export interface SaslOptions {
  readonly mechanism: "PLAIN" | "EXTERNAL";
  readonly account?: string;
  readonly password?: string;
  readonly cert?: string;
  readonly key?: string;
}
export interface FloodOptions {
  readonly burst: number;
  readonly perSecond: number;
}

export interface Identity {
  readonly nick: string;
  readonly username: string;
  readonly realname: string;
}

/** One PRIVMSG or NOTICE, the hot path: parsed without irc-framework's event machinery. */
export interface TextLine {
  readonly command: "PRIVMSG" | "NOTICE";
  /** Nick, or a server's name. */
  readonly from: string;
  /** `user@host` of the sender, "" where the prefix has none (a server). */
  readonly mask: string;
  readonly target: string;
  /** Raw text: colour codes and CTCP still in it; no CR, LF, NUL. */
  readonly text: string;
  /** IRCv3 `time`, milliseconds since 1970. */
  readonly at?: number;
  /** IRCv3 `msgid`. */
  readonly msgid?: string;
}

export interface ConnectionReport {
  readonly state: SessionState;
  /** A sentence for the user: why, and what happens next. */
  readonly text: string;
  /** For a failure: the stanza error it becomes. */
  readonly condition?: Condition;
  /** When the next attempt is made, milliseconds since 1970; undefined: none without `open()`. */
  readonly retryAt?: number;
}

export interface ConnectionHandler {
  report(report: ConnectionReport): void;
  text(line: TextLine): void;
  /** irc-framework's own parsed events by its names (join, part, quit, kick, nick, mode, topic, userlist, irc error, …). */
  event(name: string, event: Record<string, unknown>): void;
  /** All lines of one socket read were handed up: deliver what was gathered. */
  readEnd(): void;
}

export interface IrcConnection {
  readonly registered: boolean;
  /** The nick that the server knows us by, now. */
  readonly nick: string;
  /** By the server's CASEMAPPING: rfc1459, strict-rfc1459, ascii. */
  fold(name: string): string;
  isChannel(name: string): boolean;
  /** Value of an ISUPPORT token, undefined where the server has none. */
  supports(token: string): unknown;
  hasCap(cap: string): boolean;
  /** Begins to connect (through the server's connect rate), and reconnects with back-off until `close`. */
  open(): void;
  /**
   * Sends one command. Every argument is cleaned here: CR, LF and NUL never go out, no argument but
   * the last holds a space or begins with a colon, the whole is at most 512 bytes. Goes through the
   * flood control, in order, and never is dropped. Throws DeliveryError (temporary) where not registered.
   */
  command(name: string, ...args: string[]): void;
  /** How many lines may go out right now without waiting; Infinity without flood control. */
  allowance(): number;
  /** Resolves when at least one line may go out; in turn among callers. Rejects when the connection ends. */
  turn(): Promise<void>;
  /** Resolves at the PONG, after all that was sent before was handled; rejects with DeliveryError when the connection ends. */
  ping(): Promise<void>;
  /** Bytes left for the text of a PRIVMSG or NOTICE to this target, as the server relays it (512 less prefix, command, CR LF). */
  room(command: string, target: string): number;
  /** Stops and goes on reading from the server. */
  pause(): void;
  resume(): void;
  /** QUIT, within `ms`; no reconnect after it. */
  close(reason: string, ms: number): Promise<void>;
}
