import type { Clock, Logger } from "../../src/adapter.ts";
import { DeliveryError } from "../../src/domain/errors.ts";
import { retryDelay } from "./backoff.ts";
import { Flood } from "./flood.ts";
import { Framework, type FrameworkOwner } from "./framework.ts";
import type { Gate, Ticket } from "./gate.ts";
import { cleanIdentity } from "./identity.ts";
import { DEFAULT_ISUPPORT, foldName, type Isupport, isChannelName } from "./isupport.ts";
import { KeepAlive, LOOK_EVERY, MAX_PONG_LOOKS } from "./keep-alive.ts";
import { cleanLine, cleanText, formatLine, LINE_BYTES } from "./lines.ts";
import { OwnName } from "./own-name.ts";
import { Pings } from "./pings.ts";
import { Ending, type Failure, socketFailure, temporary } from "./reasons.ts";
import { isNickAnswer, Registration } from "./registration.ts";
import { parsePing, parseTextLine } from "./text-line.ts";
import { Wire, type WireHandler } from "./transport.ts";
import type {
  ConnectionHandler,
  ConnectionReport,
  Identity,
  IrcConnection,
  ServerOptions,
  TextLine,
} from "./types.ts";
import { type Ticking, type Wheel, wheelOf } from "./wheel.ts";

/** How long a socket may take to open, TLS included, milliseconds. */
export const CONNECT_TIMEOUT = 20_000;
/** How long the server may take from there to 001: it looks up names and idents. */
export const REGISTRATION_TIMEOUT = 60_000;

/** The token of the PING that follows 001. */
const READY = "ready";

export interface ConnectionDeps {
  readonly clock: Clock;
  readonly random: () => number;
  readonly log: Logger;
  /** The server's, shared by all users. */
  readonly gate: Gate;
}

/** Makes the connection of one user to one server; `open` begins. */
export function createConnection(
  server: ServerOptions,
  identity: Identity,
  handler: ConnectionHandler,
  deps: ConnectionDeps,
): IrcConnection {
  return new Connection(server, identity, handler, deps);
}

type Phase = "idle" | "waiting" | "connecting" | "registering" | "registered" | "closing" | "closed";

type Event = Record<string, unknown>;

class Connection implements IrcConnection, WireHandler, FrameworkOwner, Ticking {
  readonly #server: ServerOptions;
  readonly #identity: Identity;
  readonly #handler: ConnectionHandler;
  readonly #deps: ConnectionDeps;
  readonly #wheel: Wheel;
  #phase: Phase = "idle";
  readonly #own: OwnName;
  #isupport: Isupport = DEFAULT_ISUPPORT;
  #attempt = 0;
  #paused = false;
  #ticket: Ticket | undefined;
  #wire: Wire | undefined;
  #framework: Framework | undefined;
  #registration: Registration | undefined;
  #flood: Flood | undefined;
  #pings: Pings | undefined;
  #alive: KeepAlive | undefined;
  #ending = new Ending();
  #closed: PromiseWithResolvers<void> | undefined;

  constructor(server: ServerOptions, identity: Identity, handler: ConnectionHandler, deps: ConnectionDeps) {
    this.#server = server;
    this.#identity = cleanIdentity(identity);
    this.#handler = handler;
    this.#deps = deps;
    this.#wheel = wheelOf(deps.clock);
    this.#own = new OwnName(this.#identity.nick);
  }

  get registered(): boolean {
    return this.#phase === "registered";
  }

  get nick(): string {
    return this.#own.nick;
  }

  fold(name: string): string {
    return foldName(this.#isupport, name);
  }

  isChannel(name: string): boolean {
    return isChannelName(this.#isupport, name);
  }

  supports(token: string): unknown {
    return this.#isupport[token.toUpperCase()];
  }

  hasCap(cap: string): boolean {
    return this.#framework?.hasCap(cap) ?? false;
  }

  open(): void {
    if (this.#phase !== "idle") return;
    this.#attempt = 0;
    this.#enter();
  }

  command(name: string, ...args: string[]): void {
    const line = formatLine(name, args);
    if (name.toUpperCase() === "NICK") this.#own.asked = args[0] ?? "";
    this.#outlet().send(line);
  }

  allowance(): number {
    return this.registered ? (this.#flood?.allowance() ?? 0) : 0;
  }

  async turn(): Promise<void> {
    await this.#outlet().turn();
  }

  async ping(): Promise<void> {
    const flood = this.#outlet();
    this.#pings ??= new Pings();
    await this.#pings.ping((line) => flood.send(line));
  }

  room(command: string, target: string): number {
    // Behind the prefix: the command, the target, " :", the text, CR LF.
    return LINE_BYTES - this.#own.prefixLength - command.length - 1 - Buffer.byteLength(target) - 2 - 2;
  }

  pause(): void {
    this.#paused = true;
    if (this.registered) this.#wire?.pause();
  }

  resume(): void {
    this.#paused = false;
    this.#wire?.resume();
  }

  close(reason: string, ms: number): Promise<void> {
    if (this.#closed !== undefined) return this.#closed.promise;
    this.#closed = Promise.withResolvers();
    this.#ticket?.cancel();
    this.#wheel.cancel(this);
    if (this.#wire === undefined || this.#phase === "connecting") this.#end();
    else this.#quit(reason, ms);
    return this.#closed.promise;
  }

  // What the socket says.

  opened(): void {
    this.#phase = "registering";
    this.#wheel.schedule(this, REGISTRATION_TIMEOUT);
    this.#registration = new Registration(this.#server, this.#own.wanted, this.#deps.random, (line) =>
      this.write(line),
    );
    this.#framework = new Framework(this);
    this.#framework.register(this.#server, { ...this.#identity, nick: this.#own.wanted });
  }

  line(line: string): void {
    const text = parseTextLine(line);
    if (text !== undefined) this.text(text);
    else if (!this.#answer(line)) this.#parse(line);
  }

  readEnd(): void {
    if (this.#alive !== undefined) this.#alive.heard = true;
    try {
      this.#handler.readEnd();
    } catch (err) {
      this.#complain(err);
    }
  }

  drained(): void {
    this.#flood?.drained();
  }

  closed(error: Error | undefined): void {
    if (this.#phase === "closing") this.#end();
    else if (error !== undefined && this.#ending.verdict === undefined) {
      this.#fail(socketFailure(this.#server, error, this.#phase !== "connecting"));
    } else this.#fail(this.#ending.failure(this.#server, this.registered));
  }

  // What irc-framework says.

  write(line: string): void {
    this.#wire?.write(cleanLine(line));
  }

  text(line: TextLine): void {
    try {
      this.#handler.text(line);
    } catch (err) {
      this.#complain(err);
    }
  }

  event(name: string, event: Event): void {
    if (this.#registration !== undefined) {
      const hopeless = this.#registration.event(name, event);
      if (hopeless !== undefined) this.#fail(hopeless);
      if (isNickAnswer(name, event)) return;
    }
    this.#learn(name, event);
    if (name === "registered") this.#welcome(String(event.nick));
    else if (name === "motd") this.#ready();
    try {
      this.#handler.event(name, event);
    } catch (err) {
      this.#complain(err);
    }
  }

  /** The wheel: what was waited for is over. */
  tick(): void {
    if (this.#phase === "waiting") this.#enter();
    else if (this.#phase === "connecting") this.#fail(temporary(`${this.#address} did not answer in time`));
    else if (this.#phase === "registering") {
      this.#fail(this.#ending.verdict ?? temporary(`${this.#server.name} did not finish the login in time`));
    } else if (this.#phase === "registered") this.#look();
  }

  get #address(): string {
    return `${this.#server.host}:${this.#server.port}`;
  }

  #enter(): void {
    this.#phase = "waiting";
    this.#ticket = this.#deps.gate.enter(() => this.#connect());
  }

  #connect(): void {
    this.#phase = "connecting";
    this.#ending = new Ending();
    this.#wheel.schedule(this, CONNECT_TIMEOUT);
    this.#tell({ state: "connecting", text: `Connecting to ${this.#server.name}` });
    if (this.#phase !== "connecting") return;
    try {
      this.#wire = new Wire(this.#server, this);
    } catch (err) {
      this.#fail(socketFailure(this.#server, err instanceof Error ? err : new Error(String(err)), false));
    }
  }

  /** 001: we are in. What the server supports comes behind it, and the answer to this PING behind that. */
  #welcome(nick: string): void {
    if (this.#phase !== "registering") return;
    const hopeless = this.#registration?.welcome();
    if (hopeless !== undefined) {
      this.#fail(hopeless);
      return;
    }
    this.#registration = undefined;
    this.#ending = new Ending();
    this.#own.welcome(nick);
    this.write(`PING :${READY}`);
  }

  /** The welcome is complete: the end of the MOTD, or the PONG where a server has none. */
  #ready(): void {
    const wire = this.#wire;
    if (this.#phase !== "registering" || this.#registration !== undefined || wire === undefined) return;
    this.#phase = "registered";
    this.#flood = new Flood(this.#server.flood, this.#deps.clock, wire);
    this.#alive = new KeepAlive();
    this.#wheel.schedule(this, LOOK_EVERY);
    if (this.#paused) wire.pause();
    this.#tell({ state: "connected", text: `Connected to ${this.#server.name} as ${this.#own.nick}` });
  }

  #learn(name: string, event: Event): void {
    if (name === "server options" && this.#framework !== undefined) this.#isupport = this.#framework.isupport;
    else if (name === "irc error") this.#ending.learn(this.#server, event, this.registered);
    else this.#own.learn(name, event);
  }

  /** PING and PONG, at once and outside the flood control. */
  #answer(line: string): boolean {
    const ping = parsePing(line);
    if (ping?.command === "PING") this.write(`PONG :${ping.token}`);
    else if (ping?.token === READY) this.#ready();
    else if (ping !== undefined) this.#pings?.pong(ping.token);
    return ping !== undefined;
  }

  #parse(line: string): void {
    const wrong = this.#framework?.line(line);
    if (wrong !== undefined) {
      this.#deps.log.debug(
        { server: this.#server.name, error: wrong },
        "a line of the IRC server makes no sense",
      );
    }
  }

  #look(): void {
    const doing = this.#alive?.look(this.#paused);
    if (doing === "drop" || (this.#pings?.look(this.#paused) ?? 0) > MAX_PONG_LOOKS) {
      this.#fail(temporary(`${this.#server.name} does not answer any more`));
      return;
    }
    if (doing === "probe") this.write("PING :alive");
    this.#wheel.schedule(this, LOOK_EVERY);
  }

  /** Where lines go out. Throws DeliveryError while there is no such place. */
  #outlet(): Flood {
    if (this.#flood === undefined || !this.registered) {
      throw new DeliveryError("temporary", `There is no connection to ${this.#server.name} at the moment`);
    }
    return this.#flood;
  }

  #fail(failure: Failure): void {
    if (this.#phase === "closing" || this.#phase === "closed") return;
    if (this.#alive?.stable === true) this.#attempt = 0;
    this.#drop(failure.text);
    if (failure.state === "transient-disconnect") this.#retry(failure);
    else {
      this.#phase = "idle";
      this.#tell({ state: failure.state, text: sentence(failure.text), condition: failure.condition });
    }
  }

  #retry(failure: Failure): void {
    const { clock, random } = this.#deps;
    const delay = retryDelay(this.#attempt++, failure.throttled === true, random);
    this.#phase = "waiting";
    this.#wheel.schedule(this, delay);
    const { state, condition } = failure;
    this.#tell({ state, text: sentence(failure.text), condition, retryAt: clock.now() + delay });
  }

  #quit(reason: string, ms: number): void {
    this.#phase = "closing";
    this.#flood?.end(this.#lost("it was closed"));
    this.write(formatLine("QUIT", [cleanText(reason)]));
    const timer = this.#deps.clock.setTimeout(() => this.#wire?.destroy(), ms);
    void this.#closed?.promise.then(() => timer.cancel());
  }

  #end(): void {
    if (this.#phase === "closed") return;
    this.#phase = "closed";
    this.#drop("it was closed");
    this.#tell({ state: "logged-out", text: `Logged out of ${this.#server.name}` });
    this.#closed?.resolve();
  }

  /** Lets go of all that lives as long as one socket; who waits for something on it is told why. */
  #drop(why: string): void {
    const [wire, flood, pings] = [this.#wire, this.#flood, this.#pings];
    this.#wheel.cancel(this);
    this.#ticket?.cancel();
    this.#wire = this.#framework = this.#registration = this.#flood = this.#pings = this.#alive = undefined;
    wire?.discard();
    const error = this.#lost(why);
    flood?.end(error);
    pings?.end(error);
  }

  #lost(why: string): DeliveryError {
    return new DeliveryError("temporary", `The connection to ${this.#server.name} was lost: ${why}`);
  }

  #tell(report: ConnectionReport): void {
    try {
      this.#handler.report(report);
    } catch (err) {
      this.#complain(err);
    }
  }

  #complain(err: unknown): void {
    this.#deps.log.error({ server: this.#server.name, err }, "what came from IRC could not be handled");
  }
}

function sentence(text: string): string {
  return `${text.replace(/[.\s]+$/, "")}.`;
}
