import { connect, createServer, type Socket } from "node:net";
import { createConnection } from "../../../adapters/irc/connection.ts";
import { createGate } from "../../../adapters/irc/gate.ts";
import type {
  ConnectionReport,
  Identity,
  IrcConnection,
  ServerOptions,
  TextLine,
} from "../../../adapters/irc/types.ts";
import type { Clock } from "../../../src/adapter.ts";
import { quiet, realClock } from "../../support/host.ts";
import { Inbox, WAIT } from "../../support/inbox.ts";

export interface Happening {
  readonly name: string;
  readonly event: Record<string, unknown>;
}

let drawn = 0;

/** The same numbers in each run, but never twice the same in one. */
function spread(): number {
  drawn = (drawn + 0.618034) % 1;
  return drawn;
}

/** A connection under test, and all that it says. */
export class Client {
  readonly reports = new Inbox<ConnectionReport>("reports", (report) => JSON.stringify(report));
  readonly texts = new Inbox<TextLine>("texts", (line) => JSON.stringify(line));
  readonly events = new Inbox<Happening>("events", ({ name }) => name);
  readonly connection: IrcConnection;
  reads = 0;

  constructor(
    server: Partial<ServerOptions> & { port: number },
    identity: Partial<Identity> = {},
    clock = realClock,
  ) {
    const options: ServerOptions = {
      name: "irc.example",
      host: "127.0.0.1",
      tls: false,
      verify: true,
      flood: "off",
      connectRate: 100,
      ...server,
    };
    this.connection = createConnection(
      options,
      { nick: "joe", username: "joe", realname: "Joe", ...identity },
      {
        report: (report) => this.reports.push(report),
        text: (line) => this.texts.push(line),
        event: (name, event) => this.events.push({ name, event }),
        readEnd: () => this.reads++,
      },
      { clock, random: spread, log: quiet, gate: createGate(options.connectRate, clock) },
    );
  }

  /** Waits for a state; resolves with its report. */
  state(state: ConnectionReport["state"], ms = WAIT): Promise<ConnectionReport> {
    return this.reports.waitFor((report) => report.state === state, state, ms);
  }

  event(name: string): Promise<Happening> {
    return this.events.waitFor((happening) => happening.name === name, name);
  }

  text(text: string): Promise<TextLine> {
    return this.texts.waitFor((line) => line.text === text, text);
  }

  /** Opens and waits until it is registered. */
  async up(): Promise<this> {
    this.connection.open();
    await this.state("connected");
    return this;
  }

  stop(): Promise<void> {
    return this.connection.close("", 0);
  }
}

/** What one client sent to the raw server, and what the server sends to it. */
export class Accepted {
  readonly lines = new Inbox<string>("lines from the client", (line) => line);
  readonly closed: Promise<void>;
  readonly socket: Socket;
  /** Reads that came. */
  reads = 0;
  #rest = "";

  constructor(socket: Socket) {
    this.socket = socket;
    socket.setEncoding("utf8");
    socket.on("data", (data: string) => this.#read(data));
    socket.on("error", () => {});
    this.closed = new Promise((resolve) => socket.once("close", () => resolve()));
  }

  #read(data: string): void {
    this.reads++;
    const parts = (this.#rest + data).split("\r\n");
    this.#rest = parts.pop() ?? "";
    for (const line of parts) this.lines.push(line);
  }

  line(begin: string): Promise<string> {
    return this.lines.waitFor((line) => line.startsWith(begin), begin);
  }

  send(...lines: string[]): void {
    this.socket.write(lines.map((line) => `${line}\r\n`).join(""));
  }

  /** Takes the client in: 001 and an end of MOTD, with lines in between. */
  async welcome(...between: string[]): Promise<void> {
    const nick = (await this.line("NICK ")).slice(5);
    this.send(`:srv 001 ${nick} :Welcome`, ...between, `:srv 422 ${nick} :no MOTD`);
  }

  /** A PING round trip: the client has handled all that was sent before. */
  async sync(): Promise<void> {
    this.send("PING :sync");
    await this.line("PONG :sync");
  }
}

/** A server that says what the test wants: for what no real server would say. */
export async function rawServer() {
  const clients = new Inbox<Accepted>("clients", () => "client");
  const server = createServer((socket) => clients.push(new Accepted(socket)));
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  const port = typeof address === "object" && address !== null ? address.port : 0;
  return {
    port,
    clients,
    next: () => clients.waitFor(() => true, "client"),
    async stop() {
      for (const client of clients.all) client.socket.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

/** A client and the server's end of it, registered. */
export async function joined(
  server: Awaited<ReturnType<typeof rawServer>>,
  clock: Clock = realClock,
  flood: ServerOptions["flood"] = "off",
) {
  const client = new Client({ port: server.port, flood }, {}, clock);
  client.connection.open();
  const far = await server.next();
  await far.welcome();
  await client.state("connected");
  return { client, far };
}

/** A port where nothing listens. */
export async function deadPort(): Promise<number> {
  const server = await rawServer();
  await server.stop();
  await new Promise((resolve) => connect(server.port, "127.0.0.1").once("error", resolve));
  return server.port;
}
