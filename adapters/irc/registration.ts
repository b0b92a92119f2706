import { MAX_NICK_TRIES, nickVariant } from "./nicks.ts";
import { type Failure, nickFailure, saslFailure } from "./reasons.ts";
import type { ServerOptions } from "./types.ts";

/** ERR_NICKCOLLISION, ERR_UNAVAILRESOURCE: the nick is not to be had, and irc-framework has no event for it. */
const NICK_TAKEN = ["436", "437"];

/** The time from the open socket to 001: a nick that the server takes, and the login. */
export class Registration {
  readonly #server: ServerOptions;
  readonly #wanted: string;
  readonly #random: () => number;
  readonly #write: (line: string) => void;
  #tries = 0;
  #erroneous = false;
  #loggedIn = false;

  constructor(server: ServerOptions, wanted: string, random: () => number, write: (line: string) => void) {
    this.#server = server;
    this.#wanted = wanted;
    this.#random = random;
    this.#write = write;
  }

  /** Acts on one of irc-framework's events; answers with what makes this attempt hopeless. */
  event(name: string, event: Record<string, unknown>): Failure | undefined {
    if (name === "nick in use") return this.#nextNick();
    if (name === "nick invalid") {
      this.#erroneous = true;
      return this.#nextNick();
    }
    if (name === "unknown command" && NICK_TAKEN.includes(String(event.command))) return this.#nextNick();
    if (name === "loggedin" || name === "sasl done") this.#loggedIn = true;
    if (name !== "sasl failed") return undefined;
    const said = typeof event.message === "string" ? event.message : undefined;
    return saslFailure(this.#server, String(event.reason), said);
  }

  /** 001 came: a failure all the same where a login was asked for and the server has none to offer. */
  welcome(): Failure | undefined {
    if (this.#server.sasl === undefined || this.#loggedIn) return undefined;
    return saslFailure(this.#server, "capability_missing", undefined);
  }

  #nextNick(): Failure | undefined {
    this.#tries++;
    if (this.#tries > MAX_NICK_TRIES) return nickFailure(this.#server, this.#wanted);
    this.#write(`NICK ${nickVariant(this.#wanted, this.#tries, this.#erroneous, this.#random)}`);
    return undefined;
  }
}

/** Whether an event is an answer to the nicks that a registration tried, and so nobody else's. */
export function isNickAnswer(name: string, event: Record<string, unknown>): boolean {
  if (name === "nick in use" || name === "nick invalid") return true;
  return name === "unknown command" && NICK_TAKEN.includes(String(event.command));
}
