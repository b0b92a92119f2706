import { createServer, type Server, type Socket } from "node:net";
import { listen } from "./listen.ts";
import { MARK, sequenceAt, type Tally } from "./tally.ts";

const NAME = "irc.bench";
/** `:peer!peer@host.bench`, who talks in every channel. */
const PEER = "peer!peer@host.bench";

interface Client {
  readonly socket: Socket;
  nick: string;
  user: boolean;
  negotiating: boolean;
  welcomed: boolean;
  rest: string;
}

/** A stand-in for an IRC server (RFC 2812, no extensions): as many clients as come, messages counted instead of relayed. */
export class IrcEnd {
  tally: Tally | undefined;
  /** Called after every read, when all of its lines are handled. */
  onRead: () => void = () => {};
  #server: Server;
  readonly #clients = new Map<string, Client>();

  constructor() {
    this.#server = createServer((socket) => this.#accept(socket));
  }

  /** Begins to listen on loopback and resolves with the port. */
  listen(): Promise<number> {
    return listen(this.#server);
  }

  /** Writes lines to the client of that nick, in one write. */
  write(nick: string, lines: string): void {
    const client = this.#clients.get(nick);
    if (client === undefined) throw new Error(`no client ${nick} is connected to the IRC end`);
    client.socket.write(lines, "latin1");
  }

  /** A line that the peer says in a channel. */
  static said(channel: string, text: string): string {
    return `:${PEER} PRIVMSG ${channel} :${text}\r\n`;
  }

  /** Makes way for the next gateway. */
  reset(): void {
    for (const client of this.#clients.values()) client.socket.destroy();
    this.#clients.clear();
  }

  close(): void {
    this.reset();
    this.#server.close();
  }

  #accept(socket: Socket): void {
    const client: Client = { socket, nick: "", user: false, negotiating: false, welcomed: false, rest: "" };
    socket.setNoDelay(true);
    socket.on("error", () => socket.destroy());
    socket.on("close", () => {
      if (this.#clients.get(client.nick) === client) this.#clients.delete(client.nick);
    });
    socket.on("data", (chunk: Buffer) => {
      this.#lines(client, chunk.toString("latin1"));
      this.onRead();
    });
  }

  #lines(client: Client, chunk: string): void {
    const text = client.rest === "" ? chunk : client.rest + chunk;
    let at = 0;
    for (let end = text.indexOf("\n"); end !== -1; end = text.indexOf("\n", at)) {
      if (text.startsWith("PRIVMSG", at)) this.#message(text, at, end);
      else this.#command(client, text.slice(at, end).trimEnd());
      at = end + 1;
    }
    client.rest = text.slice(at);
  }

  #message(text: string, start: number, end: number): void {
    const mark = text.indexOf(MARK, start);
    if (mark !== -1 && mark < end) this.tally?.take(sequenceAt(text, mark));
  }

  #command(client: Client, line: string): void {
    const [command = "", first = "", ...more] = line.split(" ");
    switch (command.toUpperCase()) {
      case "PING":
        client.socket.write(`:${NAME} PONG ${NAME} ${first.startsWith(":") ? first : `:${first}`}\r\n`);
        break;
      case "CAP":
        this.#cap(client, first.toUpperCase(), more.join(" "));
        break;
      case "NICK":
        this.#nick(client, first.replace(":", ""));
        break;
      case "USER":
        client.user = true;
        this.#welcome(client);
        break;
      case "JOIN":
        for (const channel of first.split(",")) joined(client, channel);
        break;
      case "MODE":
        if (more.length === 0) client.socket.write(`:${NAME} 324 ${client.nick} ${first} +nt\r\n`);
        break;
      case "WHO":
        client.socket.write(`:${NAME} 315 ${client.nick} ${first} :End of /WHO list.\r\n`);
        break;
      case "PART":
        client.socket.write(`:${client.nick}!${client.nick}@host.bench PART ${first}\r\n`);
        break;
      case "QUIT":
        client.socket.end("ERROR :Closing link\r\n");
        break;
    }
  }

  /** Capability negotiation with nothing to offer: registration waits for its end, as on a real server. */
  #cap(client: Client, sub: string, args: string): void {
    if (sub === "LS" || sub === "LIST") {
      client.negotiating = sub === "LS" && !client.welcomed;
      client.socket.write(`:${NAME} CAP * ${sub} :\r\n`);
    } else if (sub === "REQ") {
      client.socket.write(`:${NAME} CAP * NAK ${args}\r\n`);
    } else if (sub === "END") {
      client.negotiating = false;
      this.#welcome(client);
    }
  }

  #nick(client: Client, nick: string): void {
    if (client.welcomed) client.socket.write(`:${client.nick}!${client.nick}@host.bench NICK :${nick}\r\n`);
    this.#clients.delete(client.nick);
    client.nick = nick;
    this.#clients.set(nick, client);
    this.#welcome(client);
  }

  #welcome(client: Client): void {
    if (client.welcomed || client.negotiating || client.nick === "" || !client.user) return;
    client.welcomed = true;
    const lines = [
      "001 NICK :Welcome",
      `002 NICK :Your host is ${NAME}`,
      "003 NICK :This server was created today",
      `004 NICK ${NAME} bench o nt`,
      "005 NICK CASEMAPPING=ascii CHANTYPES=# CHANMODES=b,k,l,imnst PREFIX=(ov)@+ NICKLEN=30 :are supported by this server",
      "422 NICK :MOTD File is missing",
    ];
    client.socket.write(lines.map((line) => `:${NAME} ${line.replace("NICK", client.nick)}\r\n`).join(""));
  }
}

function joined(client: Client, channel: string): void {
  const { nick, socket } = client;
  socket.write(
    `:${nick}!${nick}@host.bench JOIN ${channel}\r\n` +
      `:${NAME} 353 ${nick} = ${channel} :${nick} @peer\r\n` +
      `:${NAME} 366 ${nick} ${channel} :End of /NAMES list.\r\n`,
  );
}
