import { connect as connectTcp, isIP, type Socket } from "node:net";
import {
  type ConnectionOptions,
  connect as connectTls,
  createSecureContext,
  type SecureContext,
} from "node:tls";
import { LineSplitter } from "./lines.ts";
import type { ServerOptions } from "./types.ts";

/** Unsent bytes above which no line is taken that can wait. */
export const HIGH_WATER = 256 * 1024;
/** Unsent bytes above which the server is taken for dead: it does not read. */
export const MAX_UNSENT = 8 * 1024 * 1024;

/** What a socket tells its owner. Nothing comes after `closed`. */
export interface WireHandler {
  opened(): void;
  line(line: string): void;
  /** All lines of one read were handed up. */
  readEnd(): void;
  /** What was unsent has gone. */
  drained(): void;
  closed(error: Error | undefined): void;
}

/** All sockets read into this one buffer: a read is worked off before the next begins. */
const READ_BUFFER = Buffer.allocUnsafeSlow(64 * 1024);

/** One socket to an IRC server, over TCP or TLS: lines in, lines out, one write for all lines of a turn. */
export class Wire {
  readonly #socket: Socket;
  readonly #splitter = new LineSplitter();
  #handler: WireHandler | undefined;
  #error: Error | undefined;
  #out = "";
  #opened = false;

  constructor(server: ServerOptions, handler: WireHandler) {
    this.#handler = handler;
    const read = (bytes: number): boolean => this.#read(bytes);
    this.#socket = openSocket(server, read);
    this.#socket.setNoDelay(true);
    this.#socket.once(server.tls ? "secureConnect" : "connect", () => this.#open());
    this.#socket.on("drain", () => this.#handler?.drained());
    this.#socket.on("error", (error) => {
      this.#error ??= error;
    });
    this.#socket.once("close", () => this.#close(this.#error));
  }

  /** Bytes that wait to be sent (characters, for those of this turn). */
  get unsent(): number {
    return this.#socket.writableLength + this.#out.length;
  }

  get congested(): boolean {
    return this.unsent > HIGH_WATER;
  }

  /** How many lines were dropped because they were too long. */
  get overlong(): number {
    return this.#splitter.overlong;
  }

  /** Writes a line at the end of this turn of the event loop. */
  write(line: string): void {
    if (this.#out === "") process.nextTick(flush, this);
    this.#out += `${line}\r\n`;
    if (this.unsent > MAX_UNSENT) this.destroy(new Error("it does not read what it is sent"));
  }

  /** Sends what was written. */
  flush(): void {
    const out = this.#out;
    this.#out = "";
    if (out !== "" && this.#opened && this.#socket.writable) this.#socket.write(out);
  }

  pause(): void {
    this.#socket.pause();
  }

  resume(): void {
    this.#socket.resume();
  }

  /** Closes without a word to its owner. */
  discard(): void {
    this.#handler = undefined;
    this.#out = "";
    this.#socket.destroy();
  }

  /** Closes at once, and says so. */
  destroy(error?: Error): void {
    this.#out = "";
    this.#socket.destroy();
    this.#close(error);
  }

  #open(): void {
    this.#opened = true;
    this.#handler?.opened();
  }

  #read(bytes: number): boolean {
    this.#splitter.push(READ_BUFFER.subarray(0, bytes), this);
    this.#handler?.readEnd();
    return true;
  }

  /** For the splitter. */
  line(line: string): void {
    this.#handler?.line(line);
  }

  #close(error: Error | undefined): void {
    const handler = this.#handler;
    this.#handler = undefined;
    handler?.closed(error);
  }
}

function flush(wire: Wire): void {
  wire.flush();
}

function openSocket(server: ServerOptions, read: (bytes: number) => boolean): Socket {
  const { host, port } = server;
  const onread = { buffer: READ_BUFFER, callback: read };
  if (!server.tls) return connectTcp({ host, port, onread });
  // `onread` works for TLS as for TCP, but the types leave it out.
  const options: ConnectionOptions & { onread: typeof onread } = {
    host,
    port,
    onread,
    // RFC 6066 §3: no address in SNI. Without it the certificate is checked against `host` all the same.
    servername: isIP(host) === 0 ? host : undefined,
    rejectUnauthorized: server.verify,
    secureContext: contextOf(server),
  };
  return connectTls(options);
}

let plainContext: SecureContext | undefined;
const contexts = new WeakMap<ServerOptions, SecureContext>();

/** Made once for all connections to a server: each holds the authorities that are trusted. */
function contextOf(server: ServerOptions): SecureContext {
  if (server.ca === undefined && server.sasl?.cert === undefined) {
    plainContext ??= createSecureContext();
    return plainContext;
  }
  let context = contexts.get(server);
  if (context === undefined) {
    context = createSecureContext({ ca: server.ca, cert: server.sasl?.cert, key: server.sasl?.key });
    contexts.set(server, context);
  }
  return context;
}
