import {
  Client,
  type ClientOptions,
  type Command,
  type CommandFunction,
  type CommandHandler,
  type FrameworkTransport,
} from "irc-framework";
import { DEFAULT_ISUPPORT, type Isupport, withTokens } from "./isupport.ts";
import { textLine } from "./text-line.ts";
import type { Identity, ServerOptions, TextLine } from "./types.ts";

/** What is asked of a server where it has it (IRCv3). Not echo-message: our own lines are reflected by the core. */
const WANTED_CAPS: readonly string[] = [
  "account-notify",
  "away-notify",
  "batch",
  "cap-notify",
  "chghost",
  "extended-join",
  "invite-notify",
  "message-tags",
  "multi-prefix",
  "server-time",
];

/** Bytes of lists that irc-framework may gather (names, WHO, MOTD, batches) before they are thrown away. */
export const MAX_GATHERED = 16 * 1024 * 1024;
/** The replies it gathers until their end comes. */
const GATHERED = /^(?::\S+ )?(?:3[0-7]\d|320|671|705|721|732) /;

/** Who uses the framework. */
export interface FrameworkOwner {
  write(line: string): void;
  event(name: string, event: Record<string, unknown>): void;
  text(line: TextLine): void;
}

/** What irc-framework calls its transport: the socket is ours, only the lines it writes go through. */
class Passage implements FrameworkTransport {
  readonly #options: ClientOptions;
  #open: (() => void) | undefined;

  constructor(options: ClientOptions) {
    this.#options = options;
  }
  on(event: string, listener: () => void): void {
    if (event === "open") this.#open = listener;
  }
  connect(): void {
    this.#open?.();
    this.#open = undefined;
  }
  writeLine(line: string): void {
    this.#options.wire.write(line);
  }
  setEncoding(): boolean {
    return true;
  }
  removeAllListeners(): void {}
  close(): void {}
  disposeSocket(): void {}
}

/**
 * irc-framework's client, for everything but the hot path: it negotiates, parses and gathers; the
 * socket, the reconnecting and the pings are ours. What a hostile line makes it throw, ends here.
 */
export class Framework {
  readonly #client = new Client();
  readonly #owner: FrameworkOwner;
  #gathered = 0;

  constructor(owner: FrameworkOwner) {
    this.#owner = owner;
    const { command_handler: handler, network } = this.#client;
    handler.handlers = sharedHandlers(handler);
    network.options = DEFAULT_ISUPPORT;
    owners.set(handler, owner);
    // The client listens to keep state that we keep ourselves: memory on each connection, time on each line.
    handler.removeAllListeners();
    this.#client.removeAllListeners();
    handler.on("all", forward, owner);
  }

  get isupport(): Isupport {
    return this.#client.network.options;
  }

  hasCap(cap: string): boolean {
    return this.#client.network.cap.enabled.includes(cap);
  }

  /** Begins to register on a socket that is open. */
  register(server: ServerOptions, identity: Identity): void {
    const { sasl } = server;
    this.#client.connect({
      nick: identity.nick,
      username: identity.username,
      gecos: identity.realname,
      password: server.password,
      // An object without an account: or else the password of the server would be tried as SASL's.
      account: sasl?.mechanism === "PLAIN" ? { account: sasl.account, password: sasl.password } : {},
      sasl_mechanism: sasl?.mechanism,
      auto_reconnect: false,
      ping_interval: 0,
      ping_timeout: 0,
      enable_chghost: true,
      transport: Passage,
      wire: this.#owner,
    });
    for (const name of NEEDLESS) this.#client.connection.removeAllListeners(name);
  }

  /** Takes one line; answers with what went wrong where it could make nothing of it. */
  line(line: string): string | undefined {
    const handler = this.#client.command_handler;
    try {
      this.#client.connection.addReadBuffer(line);
    } catch (error) {
      return error instanceof Error ? error.message : String(error);
    }
    return this.#overfull(handler, line) ? "a list that never ends was thrown away" : undefined;
  }

  #overfull(handler: CommandHandler, line: string): boolean {
    if (isEmpty(handler._caches)) {
      this.#gathered = 0;
      return false;
    }
    if (line.startsWith("@") || GATHERED.test(line)) this.#gathered += line.length;
    if (this.#gathered < MAX_GATHERED) return false;
    this.#gathered = 0;
    handler.resetCache();
    return true;
  }
}

const NEEDLESS = [
  "connecting",
  "socket connected",
  "raw",
  "debug",
  "reconnecting",
  "close",
  "socket close",
  "socket error",
  "raw socket connected",
];

const owners = new WeakMap<CommandHandler, FrameworkOwner>();

function forward(this: FrameworkOwner, name: string, event?: unknown): void {
  // "message" repeats privmsg, notice and action.
  if (name !== "message") this.event(name, isRecord(event) ? event : {});
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null;
}

function isEmpty(object: object): boolean {
  for (const _ in object) return false;
  return true;
}

let handlers: Record<string, CommandFunction> | undefined;

/** irc-framework makes its table of commands for each client: one serves all, with ours in place of some. */
function sharedHandlers(own: CommandHandler): Record<string, CommandFunction> {
  handlers ??= Object.assign(Object.create(null), own.handlers, ourHandlers(own.handlers)) as Record<
    string,
    CommandFunction
  >;
  return handlers;
}

function ourHandlers(theirs: Record<string, CommandFunction>): Record<string, CommandFunction> {
  return {
    PRIVMSG: giveText,
    NOTICE: giveText,
    RPL_ISUPPORT: takeIsupport,
    CAP: (command, handler) => {
      if (cleanCap(command, handler)) theirs.CAP?.(command, handler);
    },
    RPL_WELCOME: (command, handler) => {
      if (command.params[0] !== undefined)
        handler.emit("registered", { nick: command.params[0], tags: command.tags });
      handler.network.cap.negotiating = false;
    },
    RPL_SASLLOGGEDIN: (command, handler) => {
      theirs.RPL_SASLLOGGEDIN?.(command, handler);
      handler.emit("sasl done", {});
    },
  };
}

/** A message from a batch: it goes the way of all messages. */
function giveText(command: Command, handler: CommandHandler): void {
  const [target, text] = command.params;
  if (target === undefined || text === undefined) return;
  const name = command.command === "NOTICE" ? "NOTICE" : "PRIVMSG";
  const line = textLine(name, command.prefix, target, text, undefined);
  const time = Date.parse(command.tags.time ?? "");
  const at = Number.isNaN(time) ? undefined : time;
  owners.get(handler)?.text({ ...line, at, msgid: command.tags.msgid || undefined });
}

function takeIsupport(command: Command, handler: CommandHandler): void {
  // The first is our nick, the last "are supported by this server".
  const tokens = command.params.slice(1).filter((token) => token !== "" && !token.includes(" "));
  handler.network.options = withTokens(handler.network.options, tokens);
  if (tokens.includes("NAMESX") && !handler.network.cap.enabled.includes("multi-prefix")) {
    handler.connection.write("PROTOCTL NAMESX");
  }
  handler.emit("server options", { options: handler.network.options, cap: handler.network.cap.enabled });
}

/**
 * Leaves in a CAP line only what we want or have asked for; false where there is nothing in it to
 * act on. irc-framework trusts the server here, and falls over a bare `CAP`.
 */
function cleanCap(command: Command, handler: CommandHandler): boolean {
  const [, verb, ...rest] = command.params;
  if (verb === undefined || rest.length === 0) return false;
  const { cap } = handler.network;
  const { account, sasl_mechanism } = handler.connection.options;
  const sasl = account?.account !== undefined || sasl_mechanism === "EXTERNAL";
  const known = (name: string) => WANTED_CAPS.includes(name) || (sasl && name === "sasl");
  const asked = (name: string) => cap.requested.includes(name) || cap.enabled.includes(name);
  const keep = verb === "ACK" || verb === "NAK" || verb === "DEL" ? asked : known;
  const names = (rest.at(-1) ?? "")
    .split(" ")
    .filter((token) => keep(token.split("=")[0]?.replace(/^[-~=]/, "") ?? ""));
  command.params[command.params.length - 1] = names.join(" ");
  return verb !== "NEW" || names.length > 0;
}
