import type { Host, Logger, Timer } from "../../src/adapter.ts";
import type { DeliveryError } from "../../src/domain/errors.ts";
import type { Inbound } from "../../src/domain/events.ts";
import { Bounded } from "./bounded.ts";
import type { Channel } from "./channel.ts";
import { Correspondents } from "./correspondents.ts";
import { notConnected } from "./errors.ts";
import { Exchanges } from "./exchange.ts";
import { Feed } from "./feed.ts";
import { Lookups } from "./lookup.ts";
import { isStable } from "./names.ts";
import { Netsplit } from "./netsplit.ts";
import type { Shared } from "./shared.ts";
import type { ConnectionHandler, ConnectionReport, IrcConnection, TextLine } from "./types.ts";
import { Waiting } from "./waiting.ts";

/** What is done about what the connection says; given from outside, as all of it works on the session. */
export interface Reactions {
  report(session: ServerSession, report: ConnectionReport): void;
  text(session: ServerSession, line: TextLine): void;
  event(session: ServerSession, name: string, event: Record<string, unknown>): void;
}

/** One user on one IRC server: the connection, the channels, and what is under way there. */
export class ServerSession implements ConnectionHandler {
  readonly server: string;
  /** The server's own address, for its notices. */
  readonly conversation: string;
  readonly shared: Shared;
  readonly host: Host;
  readonly log: Logger;
  readonly connection: IrcConnection;
  readonly feed: Feed;
  readonly exchanges = new Exchanges();
  readonly registered = new Waiting();
  readonly correspondents = new Correspondents();
  readonly lookups = new Lookups();
  readonly netsplit = new Netsplit();
  readonly channels = new Map<string, Channel>();
  /** Channels (folded) that others forward to: the server puts us in, we leave. */
  readonly redirects = new Set<string>();
  /** Rooms that ended without the user's doing, and how. */
  readonly ended = new Bounded<string>(MAX_ENDED);
  /** Targets (folded) of which errors came lately: how many messages still go one at a time. */
  readonly careful = new Bounded<number>(MAX_CAREFUL);
  /** Away texts of people in our channels, where the server tells. */
  readonly away = new Map<string, string>();
  /** Our nick as last shown to the user. */
  nick = "";
  awayText: string | undefined;
  /** It has been registered once. */
  established = false;
  /** Since when nothing goes on, milliseconds since 1970. */
  quietSince: number;
  /** Why the server will not have us, until the user joins again. */
  refused: DeliveryError | undefined;
  motdShown = false;
  lastState: string | undefined;
  #closed = false;
  #linger: Timer | undefined;
  readonly #reactions: Reactions;
  readonly #onClosed: (server: ServerSession) => void;
  #lastTarget = "";
  #lastChannel: Channel | undefined;

  constructor(
    server: string,
    host: Host,
    shared: Shared,
    connect: (handler: ConnectionHandler) => IrcConnection,
    reactions: Reactions,
    onClosed: (server: ServerSession) => void,
  ) {
    this.server = server;
    this.conversation = server;
    this.host = host;
    this.shared = shared;
    this.log = shared.log;
    this.#reactions = reactions;
    this.#onClosed = onClosed;
    this.quietSince = shared.clock.now();
    this.feed = new Feed(host, (paused) => this.#pause(paused), shared.log);
    this.connection = connect(this);
  }

  get closed(): boolean {
    return this.#closed;
  }

  report(report: ConnectionReport): void {
    if (!this.#closed) this.#reactions.report(this, report);
  }

  text(line: TextLine): void {
    this.#reactions.text(this, line);
  }

  event(name: string, event: Record<string, unknown>): void {
    this.#reactions.event(this, name, event);
  }

  readEnd(): void {
    this.feed.flush();
  }

  /** Our channel of that name. */
  channel(name: string): Channel | undefined {
    if (name === this.#lastTarget) return this.#lastChannel;
    const found = this.channels.get(this.connection.fold(name));
    if (found !== undefined) {
      this.#lastTarget = name;
      this.#lastChannel = found;
    }
    return found;
  }

  addChannel(channel: Channel): void {
    this.channels.set(this.connection.fold(channel.name), channel);
  }

  dropChannel(channel: Channel): void {
    this.#lastTarget = "";
    this.#lastChannel = undefined;
    for (const [key, other] of this.channels) if (other === channel) this.channels.delete(key);
    this.netsplit.forget(channel);
    this.touch();
    this.linger();
  }

  /** The server has said how it compares names. */
  refold(): void {
    if (this.channels.size === 0) return;
    const channels = [...this.channels.values()];
    this.channels.clear();
    for (const channel of channels) this.addChannel(channel);
  }

  /** Tells the user what happened in a channel, after its roster where that is still to come. */
  tell(channel: Channel, event: Inbound): void {
    if (!channel.shown) return;
    if (channel.phase !== "joining") this.feed.push(event);
    else if (channel.early === undefined) channel.early = [event];
    else if (channel.early.length < MAX_EARLY) channel.early.push(event);
    else
      this.log.warn(
        { server: this.server, channel: channel.name },
        "a room says too much while it is joined",
      );
  }

  /**
   * The canonical localpart of a nick here; undefined where a JID cannot hold it, or holds it only as another
   * name: two people of this server would be one contact.
   */
  contact(nick: string): string | undefined {
    if (!isStable(nick)) return undefined;
    return this.shared.addressing.conversation(this.server, nick);
  }

  /** Writes a command nobody waits for; where there is no connection, it is not needed. */
  try(name: string, ...args: string[]): void {
    if (this.connection.registered) this.connection.command(name, ...args);
  }

  /** Whether anything is going on, or has lately. */
  get idle(): boolean {
    if (this.channels.size > 0 || this.exchanges.size > 0 || this.registered.size > 0) return false;
    // Closing it would lose what core has refused so far.
    if (this.feed.pending > 0) return false;
    return this.shared.clock.now() - this.quietSince >= this.shared.options.linger;
  }

  touch(): void {
    this.quietSince = this.shared.clock.now();
  }

  /** Closes the connection when no channel is left and nothing was said for a while. */
  linger(): void {
    if (this.#linger !== undefined || this.channels.size > 0 || this.#closed) return;
    this.#linger = this.shared.clock.setTimeout(() => {
      this.#linger = undefined;
      if (this.idle) void this.close("No longer needed", CLOSE_TIME);
      else this.linger();
    }, this.shared.options.linger);
  }

  /** Ends it for good: nothing more is reported. */
  async close(reason: string, ms: number): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    this.netsplit.stop();
    this.#linger?.cancel();
    this.#onClosed(this);
    // Nothing would be heard of the server's farewell otherwise.
    this.connection.resume();
    await this.connection.close(reason, ms);
    this.feed.end(notConnected(this.server));
  }

  #pause(paused: boolean): void {
    if (paused) this.connection.pause();
    else this.connection.resume();
  }
}

/** How long a QUIT may take, milliseconds. */
const CLOSE_TIME = 2_000;
/** Most rooms of which it is remembered how they ended. */
const MAX_ENDED = 64;
/** Most targets watched after an error. */
const MAX_CAREFUL = 64;
/** Most events of a channel kept between our JOIN and the end of its NAMES. */
const MAX_EARLY = 1000;
