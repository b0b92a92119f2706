/** Until the server has shown ours: the longest host that servers use, a user of ten characters and its `~`. */
const WORST_HOST = 63;
const WORST_USER = 11;

/** Events that show our own user@host as others see it. */
const SHOWING = new Set(["join", "part", "nick", "user updated", "whois"]);

type Event = Record<string, unknown>;

/**
 * Who we are on the server: the nick, and the user@host that it puts before our messages when it
 * relays them (`:nick!user@host `), which decides how much text fits into a line (RFC 1459 §2.3).
 */
export class OwnName {
  /** What the server calls us now. */
  nick: string;
  /** What the user wants to be called: at first by the identity, later by the last NICK that was granted. */
  wanted: string;
  /** The last nick that was asked for by command. */
  asked = "";
  #user = "";
  #host = "";

  constructor(nick: string) {
    this.nick = nick;
    this.wanted = nick;
  }

  /** Bytes that the server puts before a message of ours, colon and space included. */
  get prefixLength(): number {
    const user = this.#user === "" ? WORST_USER : Buffer.byteLength(this.#user);
    const host = this.#host === "" ? WORST_HOST : Buffer.byteLength(this.#host);
    return Buffer.byteLength(this.nick) + user + host + 4;
  }

  /** The server takes us in under this nick. What was shown on an earlier connection holds no more. */
  welcome(nick: string): void {
    this.nick = nick;
    this.#user = "";
    this.#host = "";
  }

  /** Learns from irc-framework's events: our own lines, a WHOIS of us, RPL_HOSTHIDDEN (396). */
  learn(name: string, event: Event): void {
    if (name === "displayed host") this.#learnHidden(event.hostname);
    if (!SHOWING.has(name) || event.nick !== this.nick) return;
    this.#set(event.ident, event.hostname);
    this.#set(event.new_ident, event.new_hostname);
    if (name === "nick" && typeof event.new_nick === "string" && event.new_nick !== "") {
      this.nick = event.new_nick;
      if (this.nick === this.asked) this.wanted = this.nick;
    }
  }

  /** A host, or user@host. */
  #learnHidden(shown: unknown): void {
    if (typeof shown !== "string") return;
    const at = shown.indexOf("@");
    this.#set(at === -1 ? undefined : shown.slice(0, at), shown.slice(at + 1));
  }

  #set(user: unknown, host: unknown): void {
    if (typeof user === "string" && user !== "") this.#user = user;
    if (typeof host === "string" && host !== "") this.#host = host;
  }
}
