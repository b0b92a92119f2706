import { createHash } from "node:crypto";
import { createServer, type Socket } from "node:net";
import { Inbox } from "../../support/inbox.ts";

export const streamHeader =
  "<?xml version='1.0'?><stream:stream xmlns:stream='http://etherx.jabber.org/streams' " +
  "xmlns='jabber:component:accept' from='irc.example.org' id='s1'>";
export const secret = "geheim-é";

/** One connection as the server sees it. */
export class Peer {
  readonly socket: Socket;
  /** All that came. */
  text = "";
  /** The link has closed its side. */
  readonly ended: Promise<void>;
  /** The connection is gone for good. */
  closed = false;
  readonly #chunks = new Inbox<string>("what the link sent", (text) => text);

  constructor(socket: Socket) {
    this.socket = socket;
    socket.setEncoding("utf8");
    socket.setNoDelay(true);
    socket.on("error", () => {});
    socket.on("data", (chunk: string) => {
      this.text += chunk;
      this.#chunks.push(this.text);
    });
    socket.once("close", () => {
      this.closed = true;
    });
    this.ended = new Promise((resolve) => socket.once("end", resolve).once("close", () => resolve()));
  }

  write(xml: string | Buffer): void {
    this.socket.write(xml);
  }

  /** Resolves when all that came so far matches, with the match. */
  async saw(pattern: RegExp): Promise<RegExpExecArray> {
    const found = pattern.exec(this.text);
    if (found !== null) return found;
    const text = await this.#chunks.waitFor((all) => pattern.test(all), String(pattern));
    return pattern.exec(text) ?? this.saw(pattern);
  }

  /** Opens the stream and answers the handshake; `after` follows in the same write. */
  async accept(after = ""): Promise<this> {
    await this.saw(/<stream:stream [^>]*to="irc\.example\.org"[^>]*>/);
    this.write(streamHeader);
    const [, hash] = await this.saw(/<handshake>([0-9a-f]{40})<\/handshake>/);
    if (hash !== createHash("sha1").update(`s1${secret}`).digest("hex")) throw new Error("a wrong handshake");
    this.write(`<handshake/>${after}`);
    return this;
  }

  /** The id of the next barrier's ping. */
  async ping(): Promise<string> {
    const [whole, id = ""] = await this.saw(
      /<iq type='get'[^>]* id='(barrier-[^']+)'><ping xmlns='urn:xmpp:ping'\/><\/iq>/,
    );
    this.text = this.text.replace(whole, "");
    return id;
  }

  /** Routes a barrier's ping back, as real servers do. */
  pong(id: string): void {
    this.write(
      `<iq type='get' from='irc.example.org' to='irc.example.org' id='${id}'><ping xmlns='urn:xmpp:ping'/></iq>`,
    );
  }
}

export interface FakeServer {
  readonly port: number;
  /** How many connections there have been. */
  readonly count: number;
  /** The next connection. */
  next(): Promise<Peer>;
  stop(): Promise<void>;
}

/** A server whose part the test plays: real sockets, and every fault that a real one shows too seldom. */
export async function fakeServer(): Promise<FakeServer> {
  const peers = new Inbox<Peer>("connections", () => "connection");
  const server = createServer({ allowHalfOpen: true }, (socket) => peers.push(new Peer(socket)));
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  return {
    port: typeof address === "object" && address !== null ? address.port : 0,
    get count() {
      return peers.all.length;
    },
    next: () => peers.waitFor(() => true, "connection"),
    async stop() {
      for (const peer of peers.all) peer.socket.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
