import type { Clock, Timer } from "../adapter.ts";
import { childElements, childText, type Element } from "../domain/element.ts";
import { Library } from "./library.ts";
import type { LinkOptions, LinkProblem } from "./link.ts";
import { Parser } from "./parser.ts";
import {
  closedProblem,
  type Phase,
  socketProblem,
  streamProblem,
  syntaxProblem,
  timeoutProblem,
} from "./problems.ts";

const streamSpace = "http://etherx.jabber.org/streams";
const componentSpace = "jabber:component:accept";
const farewell = "</stream:stream>";
const notWellFormed = `<stream:error><not-well-formed xmlns='urn:ietf:params:xml:ns:xmpp-streams'/></stream:error>${farewell}`;

export interface ConnectionEvents {
  online(): void;
  /** Whole stanzas with `from` and `to`; none before `online`. */
  stanzas(batch: readonly Element[]): void;
  oversized(head: Element, why: string): void;
  /** Something was read. */
  heard(): void;
  /** Once, and nothing after it. */
  ended(problem: LinkProblem): void;
}

/** One socket and one stream, from connecting to the end, whatever way it ends. Nothing in it throws. */
export class Connection {
  readonly #options: LinkOptions;
  readonly #events: ConnectionEvents;
  readonly #clock: Clock;
  readonly #library: Library;
  readonly #parser: Parser;
  #phase: Phase = "connecting";
  #ended = false;
  #online = false;
  /** Stanzas that came in the same read as the handshake. */
  #early: Element[] = [];
  #timer: Timer | undefined;
  #closed: (() => void) | undefined;

  constructor(options: LinkOptions, clock: Clock, events: ConnectionEvents) {
    this.#options = options;
    this.#clock = clock;
    this.#events = events;
    this.#library = new Library(options, (data) => this.#read(data));
    this.#parser = new Parser(options.limits, {
      opened: (root) => this.#opened(root),
      elements: (batch) => this.#elements(batch),
      oversized: (head, why) => this.#oversized(head, why),
      closed: () => this.#end(closedProblem(options, this.#phase), farewell),
      failed: (why) => this.#end(syntaxProblem(why, options, this.#phase), notWellFormed),
    });
  }

  /** Bytes written that the kernel has not taken. */
  get unsent(): number {
    return this.#library.socket.writableLength;
  }

  /** Connects and opens the stream; `online` or `ended` follows within `openTimeout`. */
  start(): void {
    const { socket } = this.#library;
    socket.on("error", (error) => this.#end(socketProblem(error, this.#options, this.#phase)));
    socket.on("close", () => this.#end(closedProblem(this.#options, this.#phase)));
    this.#library.listen(
      () => this.#wentOnline(),
      (error) => this.#end(socketProblem(error, this.#options, this.#phase)),
    );
    this.#timer = this.#clock.setTimeout(() => this.timeOut(), this.#options.limits.openTimeout);
    this.#open().catch((error: unknown) => this.#end(socketProblem(error, this.#options, this.#phase)));
  }

  async #open(): Promise<void> {
    await this.#library.connect();
    if (this.#ended) return;
    this.#phase = "opening";
    await this.#library.open();
  }

  write(xml: string): void {
    this.#library.socket.write(xml, "utf8");
  }

  pause(): void {
    this.#library.socket.pause();
  }

  resume(): void {
    this.#library.socket.resume();
  }

  /** The server is silent: gives the connection up. */
  timeOut(): void {
    this.#end(timeoutProblem(this.#options, this.#phase));
  }

  /** Closes the stream and waits for the server to close its own, `ms` at most. */
  close(ms: number): Promise<void> {
    if (this.#ended || !this.#online) {
      this.timeOut();
      return Promise.resolve();
    }
    this.#phase = "closing";
    this.resume();
    this.#library.socket.write(farewell);
    return new Promise((resolve) => {
      this.#timer = this.#clock.setTimeout(() => this.timeOut(), ms);
      this.#closed = resolve;
    });
  }

  #read(data: string): void {
    if (this.#ended) return;
    try {
      this.#events.heard();
      this.#parser.write(data);
    } catch (error) {
      this.#end(socketProblem(error, this.#options, this.#phase));
    }
  }

  #opened(root: Element): void {
    if (this.#ended) return;
    // The header of a port for clients or servers; the error that follows it would not say so.
    if (root.attrs.xmlns !== componentSpace) {
      this.#end(streamProblem("invalid-namespace", "", this.#options), farewell);
    } else if (root.attrs.id === undefined) {
      this.#end(syntaxProblem("a stream without id", this.#options, this.#phase), farewell);
    } else this.#library.opened(root);
  }

  #elements(batch: readonly Element[]): void {
    if (this.#ended) return;
    if (this.#online && batch.every(isAddressed)) {
      this.#events.stanzas(batch);
      return;
    }
    const stanzas: Element[] = [];
    for (const element of batch) {
      if (isAddressed(element)) stanzas.push(element);
      else if (element.name === "error" && element.attrs.xmlns === streamSpace) {
        this.#give(stanzas);
        this.#streamError(element);
        return;
      } else if (!this.#online) this.#library.element(element);
    }
    this.#give(stanzas);
  }

  #give(stanzas: readonly Element[]): void {
    if (stanzas.length === 0) return;
    if (this.#online) this.#events.stanzas(stanzas);
    else this.#early.push(...stanzas);
  }

  #streamError(element: Element): void {
    const condition = childElements(element)[0]?.name ?? "undefined-condition";
    const words = childText(element, "text") ?? "";
    this.#end(streamProblem(condition, words, this.#options), farewell);
  }

  #oversized(head: Element, why: string): void {
    if (this.#online && !this.#ended && isAddressed(head)) this.#events.oversized(head, why);
  }

  #wentOnline(): void {
    if (this.#ended) return;
    this.#timer?.cancel();
    this.#phase = "online";
    this.#online = true;
    this.#events.online();
    const early = this.#early;
    this.#early = [];
    this.#give(early);
  }

  /** The one way to the end. `last`: what to say to the server, where it may still listen. */
  #end(problem: LinkProblem, last?: string): void {
    if (this.#ended) return;
    this.#ended = true;
    this.#timer?.cancel();
    const { socket } = this.#library;
    this.#library.abandon();
    if (last === undefined || this.#phase === "closing") socket.destroy();
    else {
      // The server may leave its side open for ever.
      const cut = this.#clock.setTimeout(() => socket.destroy(), this.#options.limits.openTimeout);
      socket.once("close", () => cut.cancel());
      socket.resume();
      socket.end(last);
    }
    this.#closed?.();
    this.#events.ended(problem);
  }
}

/** XEP-0114 §3: every stanza has `from` and `to`; without them there is nobody to answer. */
function isAddressed({ name, attrs }: Element): boolean {
  return (
    (name === "message" || name === "presence" || name === "iq") &&
    attrs.from !== undefined &&
    attrs.to !== undefined &&
    attrs.xmlns === undefined
  );
}
