import { createServer, type Socket } from "node:net";
import { Inbox } from "../support/inbox.ts";

/** One line that a client sent, and whose it was. */
export interface Sent {
  readonly nick: string;
  readonly line: string;
}

/** As little of an IRC server as a crowd needs, which counts who connects and when. */
export interface CountingServer {
  readonly port: number;
  /** When each connection came, milliseconds since 1970. */
  readonly arrivals: readonly number[];
  readonly lines: Inbox<Sent>;
  /** Nicks connected and registered at the moment. */
  readonly present: ReadonlySet<string>;
  /** Most connections that came within any second. */
  busiest(from?: number): number;
  /** Everybody in a channel hears it. */
  say(channel: string, text: string): void;
  /** Ends every connection at once. */
  cut(): void;
  stop(): Promise<void>;
}

export async function countingServer(): Promise<CountingServer> {
  const arrivals: number[] = [];
  const lines = new Inbox<Sent>("lines to the IRC server", ({ nick, line }) => `${nick}: ${line}`);
  const clients = new Set<CountedClient>();
  const present = new Set<string>();
  const server = createServer((socket) => {
    arrivals.push(Date.now());
    const client = new CountedClient(socket, lines, present);
    clients.add(client);
    socket.on("close", () => clients.delete(client));
  });
  const cut = () => {
    for (const { socket } of clients) socket.destroy();
  };
  await new Promise<void>((resolve) =>
    server.listen({ port: 0, host: "127.0.0.1", backlog: 2_000 }, resolve),
  );
  const address = server.address();
  return {
    port: typeof address === "object" && address !== null ? address.port : 0,
    arrivals,
    lines,
    present,
    busiest: (from = 0) => busiestSecond(arrivals.slice(from)),
    say: (channel, text) => {
      for (const client of clients) client.hear(channel, text);
    },
    cut,
    async stop() {
      cut();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

function busiestSecond(times: readonly number[]): number {
  let most = 0;
  let first = 0;
  for (const [last, time] of times.entries()) {
    while (time - (times[first] ?? time) >= 1_000) first++;
    most = Math.max(most, last - first + 1);
  }
  return most;
}

class CountedClient {
  readonly socket: Socket;
  private nick = "";
  private rest = "";
  private readonly channels = new Set<string>();
  private readonly lines: Inbox<Sent>;
  private readonly present: Set<string>;

  constructor(socket: Socket, lines: Inbox<Sent>, present: Set<string>) {
    this.socket = socket;
    this.lines = lines;
    this.present = present;
    socket.setEncoding("utf8");
    // Seen as its end.
    socket.on("error", () => {});
    socket.on("close", () => present.delete(this.nick));
    socket.on("data", (text: string) => this.read(text));
  }

  hear(channel: string, text: string): void {
    if (this.channels.has(channel)) this.send(`:ann!ann@host PRIVMSG ${channel} :${text}`);
  }

  private send(...lines: string[]): void {
    this.socket.write(lines.map((line) => `${line}\r\n`).join(""));
  }

  private read(text: string): void {
    const parts = (this.rest + text).split("\r\n");
    this.rest = parts.pop() ?? "";
    for (const line of parts) this.take(line);
  }

  private take(line: string): void {
    const [command = "", first = ""] = line.split(" ");
    if (command === "NICK") this.nick = first;
    else if (command === "USER") this.welcome();
    else if (command === "PING") this.send(`:srv PONG srv ${first}`);
    else if (command === "JOIN") this.join(first);
    this.lines.push({ nick: this.nick, line });
  }

  private welcome(): void {
    this.present.add(this.nick);
    this.send(`:srv 001 ${this.nick} :Welcome`, `:srv 422 ${this.nick} :no MOTD`);
  }

  private join(channel: string): void {
    this.channels.add(channel);
    const { nick } = this;
    this.send(
      `:${nick}!u@host JOIN ${channel}`,
      `:srv 353 ${nick} = ${channel} :${nick}`,
      `:srv 366 ${nick} ${channel} :End`,
    );
  }
}
