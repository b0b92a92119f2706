import { EventEmitter } from "node:events";
import { Socket } from "node:net";
import { component, type Entity, type LibraryElement, xml } from "@xmpp/component";
import type { Element } from "../domain/element.ts";
import type { LinkOptions } from "./link.ts";

/**
 * @xmpp/component, made to serve for one connection: it connects, opens the stream and does the
 * handshake. What it does badly is taken from it: its parser, its reading, its reconnecting. Each
 * connection has a new one, so that nothing of a stream that broke is left in the next.
 */
export class Library {
  readonly socket = newSocket();
  readonly #entity: Entity;
  readonly #feed = new EventEmitter();
  readonly #domain: string;
  readonly #timeout: number;

  /**
   * @param onData characters as they come; the library itself would decode each read alone, and
   *   throw at what comes after the stream's end
   */
  constructor(options: LinkOptions, onData: (data: string) => void) {
    this.#domain = options.domain;
    this.#timeout = options.limits.openTimeout;
    // Its hash takes one byte of each character: given the bytes of UTF-8, it is the server's.
    const password = Buffer.from(options.secret).toString("latin1");
    const entity = component({ service: "xmpp://server", domain: options.domain, password });
    entity.reconnect.stop();
    entity.timeout = this.#timeout;
    entity.socketParameters = () => ({ host: options.host, port: options.port });
    entity.Socket = returning(this.socket);
    entity.Parser = returning(this.#feed);
    entity._onData = onData;
    // An emitter without a listener for it throws.
    entity.on("error", () => {});
    this.#entity = entity;
  }

  /** Calls back when the handshake is done, or with the error that came in between. */
  listen(online: () => void, failed: (error: unknown) => void): void {
    this.#entity.on("online", online);
    this.#entity.on("error", failed);
  }

  async connect(): Promise<void> {
    await this.#entity.connect("xmpp://server");
  }

  /** Sends the header and waits for the server's; the handshake follows by itself. */
  async open(): Promise<void> {
    await this.#entity.open({ domain: this.#domain, timeout: this.#timeout });
  }

  opened(root: Element): void {
    this.#feed.emit("start", toLibrary(root));
  }

  element(element: Element): void {
    this.#feed.emit("element", toLibrary(element));
  }

  /** Ends every wait inside the library; its time-outs would keep the process alive. */
  abandon(): void {
    this.#entity.removeAllListeners("online");
    this.#entity.emit("error", new Error("the connection ended"));
  }
}

function newSocket(): Socket {
  const socket = new Socket();
  // A character may be split between two reads.
  socket.setEncoding("utf8");
  socket.setNoDelay(true);
  socket.setKeepAlive(true, 30_000);
  return socket;
}

/** A constructor that gives what is there already. */
function returning(instance: object): unknown {
  return function Given(): object {
    return instance;
  };
}

function toLibrary(element: Element): LibraryElement {
  const copy = new xml.Element(element.name, { ...element.attrs });
  for (const node of element.children) copy.append(typeof node === "string" ? node : toLibrary(node));
  return copy;
}
