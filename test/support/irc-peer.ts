import { connect, type Socket } from "node:net";
import { connect as connectTls } from "node:tls";
import { Inbox, WAIT } from "./inbox.ts";

/** One line from an IRC server, split as RFC 1459 §2.3.1 says; tags left out. */
export interface IrcLine {
  readonly raw: string;
  /** Nick of a user, or name of a server. */
  readonly from: string;
  readonly command: string;
  readonly params: readonly string[];
}

export interface PeerOptions {
  readonly host: string;
  readonly port: number;
  readonly nick: string;
  /** PEM of the authority to trust: connects over TLS. */
  readonly trust?: string;
  readonly password?: string;
}

/** Connects and registers; resolves at 001. Rejects where the server refuses. */
export async function ircPeer(options: PeerOptions): Promise<IrcPeer> {
  const socket =
    options.trust === undefined
      ? connect(options.port, options.host)
      : connectTls({ port: options.port, host: options.host, ca: options.trust });
  const peer = new IrcPeer(socket, options.nick);
  await new Promise<void>((resolve, reject) => {
    socket.once("error", reject);
    socket.once(options.trust === undefined ? "connect" : "secureConnect", () => resolve());
  });
  if (options.password !== undefined) peer.send(`PASS ${options.password}`);
  peer.send(`NICK ${options.nick}`);
  peer.send(`USER ${options.nick} 0 * :${options.nick}`);
  const first = await peer.waitFor(
    (line) => ["001", "432", "433", "464", "465", "ERROR"].includes(line.command),
    "welcome",
  );
  if (first.command !== "001") throw new Error(`${options.nick} was refused: ${first.raw}`);
  return peer;
}

/** The far end: an IRC client of the tests' own, which shares no code with what is tested. */
export class IrcPeer {
  nick: string;
  readonly lines: Inbox<IrcLine>;
  /** Resolves when the connection ends. */
  readonly closed: Promise<void>;
  private readonly socket: Socket;
  private rest = "";
  private pings = 0;

  constructor(socket: Socket, nick: string) {
    this.socket = socket;
    this.nick = nick;
    this.lines = new Inbox(`IRC lines to ${nick}`, (line) => line.raw);
    socket.setEncoding("utf8");
    socket.on("data", (text: string) => this.read(text));
    // Seen as `closed`.
    socket.on("error", () => {});
    this.closed = new Promise((resolve) => socket.once("close", () => resolve()));
  }

  /** Sends one raw line. */
  send(line: string): void {
    this.socket.write(`${line}\r\n`);
  }

  waitFor(matches: (line: IrcLine) => boolean, what: string, ms = WAIT): Promise<IrcLine> {
    return this.lines.waitFor(matches, what, ms);
  }

  /** A PING round trip: the server has handled all that was sent before. */
  async sync(): Promise<void> {
    const token = `sync-${++this.pings}`;
    this.send(`PING ${token}`);
    await this.waitFor((line) => line.command === "PONG" && line.params.at(-1) === token, `PONG ${token}`);
  }

  /** Joins; resolves at the end of the names (366), rejects with the server's reason. */
  async join(channel: string, key?: string): Promise<void> {
    this.send(key === undefined ? `JOIN ${channel}` : `JOIN ${channel} ${key}`);
    const end = await this.waitFor(
      (line) => ["366", "403", "405", "471", "473", "474", "475", "477"].includes(line.command),
      `end of JOIN ${channel}`,
    );
    if (end.command !== "366") throw new Error(`could not join: ${end.raw}`);
  }

  /** Says something to a channel or a nick. */
  say(target: string, text: string): void {
    this.send(`PRIVMSG ${target} :${text}`);
  }

  /** Sets a channel's modes and waits until the server did. */
  async mode(channel: string, modes: string): Promise<void> {
    this.send(`MODE ${channel} ${modes}`);
    await this.waitFor(
      (line) => line.command === "MODE" && line.params[0] === channel,
      `MODE ${channel} ${modes}`,
    );
  }

  /** The next PRIVMSG with this text, whoever said it. */
  waitForText(target: string, text: string, ms = WAIT): Promise<IrcLine> {
    return this.waitFor(
      (line) => line.command === "PRIVMSG" && line.params[0] === target && line.params[1] === text,
      `PRIVMSG ${target} :${text}`,
      ms,
    );
  }

  async quit(text = "bye"): Promise<void> {
    if (!this.socket.destroyed) this.send(`QUIT :${text}`);
    const timer = setTimeout(() => this.socket.destroy(), 2_000);
    await this.closed;
    clearTimeout(timer);
  }

  stop(): Promise<void> {
    return this.quit();
  }

  /** Breaks the connection without a word. */
  cut(): void {
    this.socket.destroy();
  }

  private read(text: string): void {
    const parts = (this.rest + text).split("\r\n");
    this.rest = parts.pop() ?? "";
    for (const raw of parts) this.line(parseLine(raw));
  }

  private line(line: IrcLine): void {
    if (line.command === "PING") this.send(`PONG :${line.params[0] ?? ""}`);
    if (line.command === "NICK" && line.from === this.nick) this.nick = line.params[0] ?? this.nick;
    this.lines.push(line);
  }
}

/** RFC 1459 §2.3.1, and IRCv3 tags in front, which are left out. */
export function parseLine(raw: string): IrcLine {
  let rest = raw.startsWith("@") ? raw.slice(raw.indexOf(" ") + 1) : raw;
  let from = "";
  if (rest.startsWith(":")) {
    const end = rest.indexOf(" ");
    from = rest.slice(1, end).split("!")[0] ?? "";
    rest = rest.slice(end + 1);
  }
  const colon = rest.indexOf(" :");
  const words = (colon < 0 ? rest : rest.slice(0, colon)).split(" ").filter((word) => word !== "");
  const params = words.slice(1);
  if (colon >= 0) params.push(rest.slice(colon + 2));
  return { raw, from, command: words[0] ?? "", params };
}
