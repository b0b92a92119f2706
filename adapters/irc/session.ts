import type {
  ContactInfo,
  Host,
  Registration,
  RoomInfo,
  SendOutcome,
  Sent,
  Session,
} from "../../src/adapter.ts";
import type { Envelope } from "../../src/domain/envelope.ts";
import { DeliveryError } from "../../src/domain/errors.ts";
import type { Outbound } from "../../src/domain/events.ts";
import { act, setAway } from "./actions.ts";
import type { Target } from "./address.ts";
import { Bounded } from "./bounded.ts";
import { serverFor } from "./config.ts";
import { notConnected } from "./errors.ts";
import { handleEvent } from "./events.ts";
import { handleText } from "./inbound.ts";
import { join, leave } from "./join.ts";
import { fill, toNick, toUsername } from "./names.ts";
import { failed, sendMessages } from "./outbound.ts";
import { connectionChanged } from "./reconnect.ts";
import { type Reactions, ServerSession } from "./server-session.ts";
import type { Shared } from "./shared.ts";
import { soleNick } from "./sole-nick.ts";
import type { ConnectionHandler, Identity, IrcConnection, ServerOptions } from "./types.ts";

/** Makes a connection of the lower layer; the rate of attempts is kept by the adapter. */
export type Connect = (
  server: ServerOptions,
  identity: Identity,
  handler: ConnectionHandler,
) => IrcConnection;

const REACTIONS: Reactions = { report: connectionChanged, text: handleText, event: handleEvent };

/** Most servers of one user at a time. */
export const MAX_SERVERS = 20;
/** Most servers of which it is remembered that they will not have the user. */
const MAX_REFUSED = 32;

/** A target under the conversation it was found by. */
type Place = Target & { readonly conversation: string };
type Join = Extract<Outbound, { kind: "join" }>;

/** One user on IRC: a connection for each server that is needed, opened on first need. */
export class IrcSession implements Session {
  readonly #registration: Registration;
  readonly #host: Host;
  readonly #shared: Shared;
  readonly #connect: Connect;
  readonly #servers = new Map<string, ServerSession>();
  readonly #refused = new Bounded<DeliveryError>(MAX_REFUSED);
  #away: string | undefined;
  #closed = false;

  constructor(registration: Registration, host: Host, shared: Shared, connect: Connect) {
    this.#registration = registration;
    this.#host = host;
    this.#shared = shared;
    this.#connect = connect;
  }

  /** Nothing to connect to before a server is named. */
  connect(): void {
    this.#host.state({ state: "connected" });
  }

  async send(batch: readonly Envelope<Outbound>[], _attempt: number): Promise<readonly SendOutcome[]> {
    const body = batch[0]?.body;
    if (body === undefined) return [];
    try {
      if (body.kind !== "message") return [await this.#perform(body)];
      const target = this.#target(body.conversation);
      const to = body.nick === undefined ? target.name : soleNick(body.nick);
      const session = await this.#speaking(target, body.nick);
      return await sendMessages(session, to, run(batch, body.nick));
    } catch (error) {
      return [failed(error)];
    }
  }

  resume(): void {
    for (const session of this.#servers.values()) session.feed.resume();
  }

  inRoom(conversation: string): boolean {
    const target = this.#shared.addressing.parse(conversation);
    const session = target && this.#servers.get(target.server);
    const channel = session?.channel(target?.name ?? "");
    return channel?.phase === "in" && channel.shown;
  }

  async listRooms(server: string): Promise<readonly RoomInfo[]> {
    const { server: name } = this.#target(server);
    const session = await this.#registered(name, undefined);
    return session.lookups.rooms(session);
  }

  async contactInfo(conversation: string, nick?: string): Promise<ContactInfo> {
    const target = this.#target(conversation);
    const session = this.#servers.get(target.server);
    if (session === undefined || !session.connection.registered) throw notConnected(target.server);
    return session.lookups.contactInfo(session, nick === undefined ? target.name : soleNick(nick));
  }

  get idle(): boolean {
    for (const session of this.#servers.values()) if (!session.idle) return false;
    return true;
  }

  async close(reason: string, ms: number): Promise<void> {
    this.#closed = true;
    const text = reason === "" ? this.#shared.options.quitText : reason;
    await Promise.all([...this.#servers.values()].map((session) => session.close(text, ms)));
  }

  async #perform(body: Exclude<Outbound, { kind: "message" }>): Promise<Sent> {
    if (body.kind === "presence") return this.#presence(body.away);
    const target = this.#target(body.conversation);
    if (target.kind !== "room") throw notARoom(target);
    if (body.kind === "join") return this.#join(target, body);
    const session = this.#servers.get(target.server);
    if (body.kind === "leave") {
      return session === undefined ? { evidence: "not connected" } : leave(session, target.name, body);
    }
    const inside = await this.#inside(target);
    const channel = inside.channel(target.name);
    if (channel === undefined) throw notIn(target);
    return act(inside, channel, body);
  }

  async #presence(away: string | undefined): Promise<Sent> {
    this.#away = away;
    await Promise.all([...this.#servers.values()].map((session) => setAway(session, away)));
    return { evidence: "AWAY" };
  }

  async #join(target: Place, body: Join): Promise<Sent> {
    const { name, server } = target;
    // An explicit wish: a server that would not have the user is asked again.
    if (body.restore !== true) this.#refused.delete(server);
    try {
      const known = this.#servers.get(server);
      // A room that waits for the connection to come back is entered by that, not by a try of its own.
      const lost = known?.channel(name)?.phase === "lost";
      const session = known && lost ? known : await this.#registered(server, body.nick);
      // After a restart of the gateway all of the user's clients are told, not only the one named.
      const to = body.restore === true ? undefined : body.from;
      return await join(session, { name, conversation: body.conversation, to, key: body.password });
    } catch (error) {
      throw body.restore === true ? patient(failed(error)) : failed(error);
    }
  }

  /** The server session through which something can be said to this target now. */
  #speaking(target: Place, nick: string | undefined): Promise<ServerSession> {
    if (target.kind === "room") {
      return this.#inside(target).then((session) => {
        if (nick !== undefined) this.#remember(session, nick, target.conversation, true);
        return session;
      });
    }
    if (target.kind === "server")
      throw new DeliveryError(
        "unsupported",
        "A server does not read messages: write to a nick or a channel.",
      );
    return this.#registered(target.server, undefined).then(
      (session) => {
        session.touch();
        this.#remember(session, target.name, target.conversation, false);
        return session;
      },
      (error: unknown) => Promise.reject(patient(failed(error))),
    );
  }

  #remember(session: ServerSession, nick: string, conversation: string, room: boolean): void {
    session.correspondents.remember(session.connection.fold(nick), { conversation, room });
  }

  /** The server session of a channel that the user is in; after a restart of the gateway it is entered here. */
  async #inside(target: Place): Promise<ServerSession> {
    const session = this.#servers.get(target.server);
    const channel = session?.channel(target.name);
    if (session !== undefined && channel?.phase === "in") return session;
    if (channel?.phase === "lost") throw notConnected(target.server);
    if (session?.ended.get(target.conversation) !== undefined) throw notIn(target);
    try {
      const fresh = await this.#registered(target.server, undefined);
      await join(fresh, { name: target.name, conversation: target.conversation });
      return fresh;
    } catch (error) {
      throw patient(failed(error));
    }
  }

  /** A registered connection to a server; opened where there is none. Rejects with DeliveryError. */
  async #registered(server: string, nick: string | undefined): Promise<ServerSession> {
    const refused = this.#refused.get(server);
    if (refused !== undefined) throw refused;
    const session = this.#servers.get(server) ?? this.#open(server, nick);
    if (session.connection.registered) return session;
    const { clock, options } = this.#shared;
    await session.registered.wait(clock, options.timeout, () => tooLate(session));
    return session;
  }

  #open(server: string, nick: string | undefined): ServerSession {
    if (this.#closed) throw new DeliveryError("temporary", "The session is closing.");
    if (this.#servers.size >= MAX_SERVERS) {
      const text = `You are on ${MAX_SERVERS} servers already: leave the rooms of one first.`;
      throw new DeliveryError("permanent", text, { condition: "resource-constraint" });
    }
    const options = serverFor(this.#shared.options, server);
    const identity = this.#identity(nick);
    const session = new ServerSession(
      server,
      this.#host,
      this.#shared,
      (handler) => this.#connect(options, identity, handler),
      REACTIONS,
      (closed) => this.#forget(closed),
    );
    session.awayText = this.#away;
    this.#servers.set(server, session);
    session.connection.open();
    return session;
  }

  #identity(nick: string | undefined): Identity {
    const { user } = this.#registration;
    const { options } = this.#shared;
    const wished = nick ?? fill(options.nick, user);
    const username = toUsername(fill("{local}", user));
    return { nick: toNick(wished), username, realname: fill(options.realname, user) };
  }

  #forget(session: ServerSession): void {
    if (this.#servers.get(session.server) === session) this.#servers.delete(session.server);
    if (session.refused !== undefined) this.#refused.set(session.server, session.refused);
  }

  #target(conversation: string): Place {
    const target = this.#shared.addressing.parse(conversation);
    if (target === undefined) {
      throw new DeliveryError("permanent", `${conversation} is not an address on IRC.`, {
        condition: "jid-malformed",
      });
    }
    return { ...target, conversation };
  }
}

/** The messages at the batch's head that go to one target: the room, or the same nick. */
function run(batch: readonly Envelope<Outbound>[], nick: string | undefined): readonly Envelope<Outbound>[] {
  const end = batch.findIndex(({ body }) => body.kind !== "message" || body.nick !== nick);
  return end === -1 ? batch : batch.slice(0, end);
}

/** A server that is away for the moment is no reason to give up what was accepted. */
function patient(error: DeliveryError): DeliveryError {
  if (error.kind !== "permanent" || error.condition !== "remote-server-timeout") return error;
  return new DeliveryError("temporary", error.message, { condition: error.condition, cause: error });
}

function tooLate(session: ServerSession): DeliveryError {
  const text = `${session.server} did not let you in in time.`;
  return new DeliveryError("permanent", text, { condition: "remote-server-timeout" });
}

function notIn(target: Target): DeliveryError {
  return new DeliveryError("permanent", `You are not in ${target.name}.`, { condition: "not-acceptable" });
}

function notARoom(target: Target): DeliveryError {
  const text = `${target.name === "" ? target.server : target.name} is not a channel.`;
  return new DeliveryError("permanent", text, { condition: "not-allowed" });
}
