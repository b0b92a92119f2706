import type { SessionState } from "../../src/adapter.ts";
import type { Condition } from "../../src/domain/errors.ts";
import type { ServerOptions } from "./types.ts";

/** Why a connection ended or never came to be. */
export interface Failure {
  readonly state: Extract<SessionState, "transient-disconnect" | "bad-credentials" | "banned">;
  /** A sentence for the user, without what happens next. */
  readonly text: string;
  readonly condition: Condition;
  /** The server finds us too fast: wait longer. */
  readonly throttled?: boolean;
}

/** Longest part of a server's own words in a sentence to the user, characters. */
const MAX_QUOTE = 200;

const THROTTLED =
  /throttl|too fast|too many (?:host |user |unknown )?connections|connect(?:ing)? too many times|too many connection attempts|reconnect too|no more connections|class full|clones?\b/i;
const BANNED =
  /\b(?:[dgkqrxz][-:]?line[ds]?|auto-?kill(?:ed)?|akill(?:ed)?|banned|blacklist(?:ed)?|dnsbl)\b/i;
const PASSWORD = /bad password|password (?:mismatch|incorrect)|invalid password/i;

const NO_HANDLES =
  "The gateway has as many connections open as it may; its operator can raise the limit of open files";

/** A socket that could not be opened, or broke. */
export function socketFailure(server: ServerOptions, error: Error, opened: boolean): Failure {
  const code = errorCode(error);
  const where = placeOf(server);
  if (code === "EMFILE" || code === "ENFILE") return temporary(NO_HANDLES, "resource-constraint");
  if (opened) return temporary(`The connection to ${server.name} broke (${code})`);
  if (code === "ENOTFOUND") {
    return temporary(
      `There is no IRC server ${server.host}: the name is not known`,
      "remote-server-not-found",
    );
  }
  if (code === "EAI_AGAIN") return temporary(`The name ${server.host} could not be looked up just now`);
  if (code === "ECONNREFUSED") return temporary(`${where} refused the connection`);
  if (code === "EHOSTUNREACH" || code === "ENETUNREACH") return temporary(`${where} cannot be reached`);
  if (code === "ETIMEDOUT") return temporary(`${where} did not answer`);
  if (code === "ECONNRESET") return temporary(`${where} closed the connection while it was opened`);
  return temporary(server.tls ? tlsText(server, code, error) : `No connection to ${where} (${code})`);
}

/** As the user typed it, and where that leads. */
function placeOf({ name, host, port }: ServerOptions): string {
  return name === host ? `${name}:${port}` : `${name} (${host}:${port})`;
}

/** The server closed the connection; `said` is its ERROR line, if it sent one. */
export function closedFailure(server: ServerOptions, said: string | undefined, registered: boolean): Failure {
  if (said === undefined) {
    const when = registered ? "" : " before the login was done";
    return temporary(`${server.name} closed the connection${when}`);
  }
  const quote = `${server.name} closed the connection: ${shorten(said)}`;
  if (THROTTLED.test(said)) return { ...temporary(quote), throttled: true };
  if (PASSWORD.test(said) && !registered) return passwordFailure(server);
  if (/\bkilled\b/i.test(said)) return { ...temporary(quote), throttled: true };
  if (BANNED.test(said)) return bannedFailure(server, said);
  return temporary(quote);
}

/** Banned from the whole server or network (465, K-line): no automatic reconnect. */
export function bannedFailure(server: ServerOptions, said: string): Failure {
  return {
    state: "banned",
    text: `You are banned from ${server.name}: ${shorten(said)}`,
    condition: "forbidden",
  };
}

/** 464, or the same in other words. */
export function passwordFailure(server: ServerOptions): Failure {
  const cure = server.password === undefined ? "set one in the options" : "check the one in the options";
  return badCredentials(`${server.name} wants another server password: ${cure}`);
}

/** What irc-framework's `sasl failed` means. */
export function saslFailure(server: ServerOptions, reason: string, said: string | undefined): Failure {
  if (reason === "capability_missing")
    return temporary(`${server.name} offers no SASL login now`, "not-authorized");
  if (reason === "unsupported_mechanism") {
    return badCredentials(
      `${server.name} does not take SASL ${server.sasl?.mechanism ?? ""}: set another mechanism`,
    );
  }
  const detail = said === undefined ? "" : `: ${shorten(said)}`;
  return badCredentials(
    `${server.name} refused the login of account ${server.sasl?.account ?? "(none)"}${detail}`,
  );
}

/** No nick that we tried was taken. */
export function nickFailure(server: ServerOptions, nick: string): Failure {
  return temporary(`${server.name} has no nick like ${nick} free`, "conflict");
}

/** A failure that another attempt may mend. */
export function temporary(text: string, condition: Condition = "remote-server-timeout"): Failure {
  return { state: "transient-disconnect", text, condition };
}

function badCredentials(text: string): Failure {
  return { state: "bad-credentials", text, condition: "not-authorized" };
}

function tlsText(server: ServerOptions, code: string, error: Error): string {
  const words = TLS_WORDS[code];
  if (words !== undefined) return `The TLS certificate of ${server.host} ${words}`;
  if (code === "ERR_TLS_CERT_ALTNAME_INVALID")
    return `The TLS certificate of ${server.host} is another server's`;
  if (/wrong version number|packet length too long|unknown protocol/i.test(error.message)) {
    return `${server.host}:${server.port} does not speak TLS`;
  }
  return `No TLS connection to ${server.host}:${server.port} (${code})`;
}

const TLS_WORDS: Readonly<Record<string, string>> = {
  CERT_HAS_EXPIRED: "has expired",
  CERT_NOT_YET_VALID: "is not valid yet",
  CERT_REVOKED: "was revoked",
  DEPTH_ZERO_SELF_SIGNED_CERT: "is self-signed and not trusted",
  SELF_SIGNED_CERT_IN_CHAIN: "is signed by an authority that is not trusted",
  UNABLE_TO_GET_ISSUER_CERT: "is signed by an authority that is not known",
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: "is signed by an authority that is not known",
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: "is signed by an authority that is not known",
};

function errorCode(error: Error): string {
  return "code" in error && typeof error.code === "string" ? error.code : error.message.slice(0, 80);
}

function shorten(said: string): string {
  const clean = said.replace(/[\x00-\x1f\x7f]/g, "").trim();
  return clean.length > MAX_QUOTE ? `${clean.slice(0, MAX_QUOTE)}…` : clean;
}

/** Gathers what a server says before it closes the connection: ERROR, 464 and 465. */
export class Ending {
  /** What a numeric said for certain. */
  verdict: Failure | undefined;
  #said: string | undefined;

  /** Learns from irc-framework's `irc error`. */
  learn(server: ServerOptions, event: Record<string, unknown>, registered: boolean): void {
    const said = typeof event.reason === "string" ? event.reason : "";
    if (event.error === "irc") this.#said = said;
    else if (event.error === "banned_from_network")
      this.verdict = closedFailure(server, `banned (${said})`, registered);
    else if (event.error === "password_mismatch" && !registered) this.verdict = passwordFailure(server);
  }

  /** Why the connection is closed now. */
  failure(server: ServerOptions, registered: boolean): Failure {
    return this.verdict ?? closedFailure(server, this.#said, registered);
  }
}
