import { createHash } from "node:crypto";
import { createServer, type Server, type Socket } from "node:net";
import { listen } from "./listen.ts";
import { StanzaScanner } from "./stanzas.ts";
import { MARK, sequenceAt, type Tally } from "./tally.ts";

const STREAM_ID = "bench";

/** What a gateway answers to a join: the occupant's own presence, or an error. */
export type JoinAnswer = (room: string, user: string, error: string | undefined) => void;

/** A stand-in for an XMPP server: one XEP-0114 component at a time, messages counted instead of routed. */
export class XmppEnd {
  readonly domain: string;
  readonly secret: string;
  tally: Tally | undefined;
  /** Error stanzas of type message since the start. */
  errors = 0;
  lastError = "";
  /** Called after every read, when all of its stanzas are counted. */
  onRead: () => void = () => {};
  onJoin: JoinAnswer = () => {};
  #server: Server;
  #socket: Socket | undefined;
  #ready = Promise.withResolvers<void>();

  constructor(domain: string, secret: string) {
    this.domain = domain;
    this.secret = secret;
    this.#server = createServer((socket) => this.#accept(socket));
  }

  /** Begins to listen on loopback and resolves with the port. */
  listen(): Promise<number> {
    return listen(this.#server);
  }

  /** Resolves when a component has authenticated. */
  online(): Promise<void> {
    return this.#ready.promise;
  }

  write(stanzas: string): void {
    if (this.#socket === undefined) throw new Error("no component is connected to the XMPP end");
    this.#socket.write(stanzas, "latin1");
  }

  /** Makes way for the next gateway. */
  reset(): void {
    this.#socket?.destroy();
    this.#socket = undefined;
    this.#ready = Promise.withResolvers<void>();
    this.errors = 0;
  }

  close(): void {
    this.reset();
    this.#server.close();
  }

  #accept(socket: Socket): void {
    const scanner = new StanzaScanner();
    const read = (text: string, start: number, end: number) => this.#stanza(socket, text, start, end);
    socket.setNoDelay(true);
    socket.on("error", () => socket.destroy());
    socket.on("data", (chunk: Buffer) => {
      scanner.push(chunk.toString("latin1"), read);
      this.onRead();
    });
  }

  #stanza(socket: Socket, text: string, start: number, end: number): void {
    if (text.startsWith("<message", start)) this.#message(text, start, end);
    else if (text.startsWith("<presence", start)) this.#presence(text.slice(start, end));
    else if (text.startsWith("<iq", start)) this.#iq(socket, text.slice(start, end));
    else if (text.startsWith("<handshake", start)) this.#handshake(socket, text.slice(start, end));
    else if (text.startsWith("<stream:stream", start)) this.#open(socket);
    else if (text.startsWith("</stream:stream", start)) socket.end("</stream:stream>");
  }

  #message(text: string, start: number, end: number): void {
    const mark = text.indexOf(MARK, start);
    if (mark === -1 || mark >= end) {
      if (isError(text.slice(start, end))) this.#error(text.slice(start, end));
      return;
    }
    const body = text.lastIndexOf("type=", mark);
    if (body > start && text.startsWith("error", body + 6)) this.#error(text.slice(start, end));
    else this.tally?.take(sequenceAt(text, mark));
  }

  #error(stanza: string): void {
    this.errors += 1;
    this.lastError = stanza;
  }

  #presence(stanza: string): void {
    const error = isError(stanza);
    if (!error && !/code=["']110["']/.test(stanza)) return;
    this.onJoin(
      attribute(stanza, "from").split("/")[0] ?? "",
      attribute(stanza, "to"),
      error ? stanza : undefined,
    );
  }

  /** Pings, disco and whatever else a component asks its server get an empty result: that is all they need. */
  #iq(socket: Socket, stanza: string): void {
    const type = attribute(stanza, "type");
    if (type !== "get" && type !== "set") return;
    const to = attribute(stanza, "from");
    socket.write(
      `<iq type='result' id='${attribute(stanza, "id")}' from='${attribute(stanza, "to")}' to='${to}'/>`,
    );
  }

  #open(socket: Socket): void {
    socket.write(
      `<?xml version='1.0'?><stream:stream xmlns='jabber:component:accept' ` +
        `xmlns:stream='http://etherx.jabber.org/streams' from='${this.domain}' id='${STREAM_ID}'>`,
    );
  }

  #handshake(socket: Socket, stanza: string): void {
    const expected = createHash("sha1")
      .update(STREAM_ID + this.secret)
      .digest("hex");
    if (!stanza.includes(expected)) {
      socket.end(
        "<stream:error><not-authorized xmlns='urn:ietf:params:xml:ns:xmpp-streams'/></stream:error>",
      );
      return;
    }
    this.#socket = socket;
    socket.write("<handshake/>");
    this.#ready.resolve();
  }
}

function isError(stanza: string): boolean {
  return /^<\w+[^>]*\stype=["']error["']/.test(stanza);
}

function attribute(stanza: string, name: string): string {
  return new RegExp(`\\s${name}=["']([^"']*)["']`).exec(stanza)?.[1] ?? "";
}
