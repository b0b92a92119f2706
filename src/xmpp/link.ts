import type { Element } from "../domain/element.ts";

/** The link's interface: one XEP-0114 stream of one component. stream.ts is its implementation. */

export interface LinkOptions {
  readonly host: string;
  readonly port: number;
  readonly domain: string;
  readonly secret: string;
  readonly limits: LinkLimits;
}

export interface LinkLimits {
  /** Largest stanza in either direction, UTF-8 bytes. Prosody closes a stream at 512 KiB. */
  readonly maxStanza: number;
  readonly maxDepth: number;
  readonly maxAttributes: number;
  /** Most bytes written and not yet taken by the socket, before `send` refuses. */
  readonly maxUnsent: number;
  /** Back-off of reconnecting, milliseconds; doubled in between, with jitter. */
  readonly reconnectFirst: number;
  readonly reconnectMost: number;
  /** How long connecting, handshake or closing may take, milliseconds. */
  readonly openTimeout: number;
  /** A ping after so long without a word from the server; the stream is dead after `pingTimeout`. */
  readonly pingInterval: number;
  readonly pingTimeout: number;
}

/** Why a stream ended or could not begin, told apart (XEP-0114 §3, RFC 6120 §4.9.3). */
export interface LinkProblem {
  readonly reason:
    | "refused"
    | "unreachable"
    | "timeout"
    | "closed"
    | "conflict"
    | "host-unknown"
    | "not-authorized"
    | "invalid-namespace"
    | "stream-error"
    | "not-well-formed";
  /** One line for the operator: what happened, where, what to change. */
  readonly text: string;
}

export interface LinkHandler {
  /** All whole stanzas of one read, in order, each within the limits, `from` and `to` present. */
  stanzas(batch: readonly Element[]): void;
  /** A stanza over the limits came and was passed over; answer its sender. `head` has its name and attributes only. */
  oversized(head: Element, why: string): void;
  online(): void;
  offline(problem: LinkProblem): void;
}

/** A stanza that the choke point did not let out; index in the batch, and why. */
export interface Refused {
  readonly index: number;
  readonly reason: "illegal-character" | "too-large" | "foreign-from" | "malformed-address" | "not-a-stanza";
  readonly text: string;
}

export class LinkOfflineError extends Error {
  override readonly name = "LinkOfflineError";
}
export class LinkFullError extends Error {
  override readonly name = "LinkFullError";
}

export interface Link {
  readonly domain: string;
  readonly online: boolean;
  /** Connects and stays connected until `stop`. */
  start(): void;
  /**
   * Puts stanzas into one write. Returns those refused (the others go out).
   * Throws LinkOfflineError, or LinkFullError where too much is unsent: nothing went out then.
   */
  send(batch: readonly Element[]): readonly Refused[];
  /**
   * Resolves when the server has processed everything sent before; rejects with LinkOfflineError
   * when the stream ended first. Barriers of one turn share one ping (XEP-0199).
   */
  barrier(): Promise<void>;
  /** Sends an iq get or set and resolves with the result or error that its addressee gave. */
  request(iq: Element, timeout: number): Promise<Element>;
  /** Stops reading from the server (nothing more can be taken) and goes on again. */
  pause(): void;
  resume(): void;
  /** Closes the stream cleanly, within `ms`. */
  stop(ms: number): Promise<void>;
}
