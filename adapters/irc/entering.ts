import { DeliveryError } from "../../src/domain/errors.ts";
import type { Inbound } from "../../src/domain/events.ts";
import { Channel } from "./channel.ts";
import { type IrcFailure, toError } from "./errors.ts";
import { joinedEvent, membersOf, update } from "./roster.ts";
import type { ServerSession } from "./server-session.ts";

/** Our own JOIN came back: to a channel we asked for, or one that the server put us into. */
export function selfJoined(session: ServerSession, name: string): void {
  const channel = session.channel(name);
  if (channel !== undefined) {
    channel.name = name;
    return;
  }
  if (session.redirects.delete(session.connection.fold(name))) {
    // The user was told to join it under its own name.
    session.try("PART", name);
    return;
  }
  const conversation = session.contact(name);
  if (conversation === undefined) {
    session.try("PART", name, "No such address in XMPP");
    return;
  }
  session.addChannel(new Channel(name, conversation, false));
}

/** The list of names ended: we are in, or in again, or only wanted to know. */
export function named(session: ServerSession, name: string, users: unknown): void {
  const channel = session.channel(name);
  if (channel === undefined) return;
  const members = membersOf(session, users);
  const { nick } = session.connection;
  if (channel.phase === "in") {
    if (members.has(nick)) update(session, channel, members);
    return;
  }
  if (!members.has(nick)) members.set(nick, 0);
  if (channel.phase === "lost") enterAgain(session, channel, members);
  else enter(session, channel, members);
  // RFC 2812 §3.2.3: whether it is moderated stands in its modes.
  session.try("MODE", channel.name);
}

function enter(session: ServerSession, channel: Channel, members: Map<string, number>): void {
  channel.members = members;
  channel.phase = "in";
  const { early, waiters } = channel;
  channel.early = undefined;
  channel.waiters = undefined;
  if (!channel.shown) {
    session.feed.push(putInto(session, channel));
    return;
  }
  if (waiters === undefined) session.feed.push(joinedEvent(session, channel, undefined));
  for (const waiter of waiters ?? []) session.feed.push(joinedEvent(session, channel, waiter.to));
  for (const event of early ?? []) session.feed.push(event);
  for (const waiter of waiters ?? []) waiter.done();
}

/** The server put us into a channel: the user is asked in. */
function putInto(session: ServerSession, channel: Channel): Inbound {
  const { conversation } = channel;
  const text = `${session.server} has put you into ${channel.name}.`;
  return { kind: "invited", conversation, room: conversation, by: session.conversation, text };
}

function enterAgain(session: ServerSession, channel: Channel, members: Map<string, number>): void {
  channel.phase = "in";
  const { conversation, waiters } = channel;
  channel.waiters = undefined;
  update(session, channel, members);
  session.tell(channel, { kind: "note", conversation, text: `Reconnected to ${session.server}.` });
  for (const waiter of waiters ?? []) {
    session.feed.push(joinedEvent(session, channel, waiter.to));
    waiter.done();
  }
}

/** Errors that belong to what is done inside a channel, and never end a join. */
const NOT_OF_JOINS: ReadonlySet<string> = new Set(["401", "404", "441", "442", "443", "482"]);

/** An error about a channel that is being entered ends that. True where it was one. */
export function entryFailed(session: ServerSession, failure: IrcFailure): boolean {
  if (NOT_OF_JOINS.has(failure.code)) return false;
  for (const name of failure.subjects) {
    const channel = session.channel(name);
    if (channel === undefined || channel.phase === "in") continue;
    const [from, to] = failure.subjects;
    if (failure.code === "470" && to !== undefined) {
      session.redirects.add(session.connection.fold(to));
      giveUp(session, channel, forwarded(session, from ?? name, to));
    } else giveUp(session, channel, toError(failure, name));
    return true;
  }
  return false;
}

function forwarded(session: ServerSession, from: string, to: string): DeliveryError {
  const address = session.contact(to) ?? to;
  const text = `${from} sends everyone on to ${to}: join ${address}@${session.shared.domain} instead.`;
  return new DeliveryError("permanent", text, { condition: "gone", code: "470" });
}

/** A channel cannot be entered: whoever waits is told, and who was in it before the connection was lost is out. */
export function giveUp(session: ServerSession, channel: Channel, error: DeliveryError): void {
  const wasIn = channel.phase === "lost";
  session.dropChannel(channel);
  for (const waiter of channel.waiters ?? []) waiter.failed(error);
  channel.waiters = undefined;
  if (wasIn) parted(session, channel, error.message);
}

/** The user is out of a channel without having asked for it. */
export function parted(session: ServerSession, channel: Channel, text: string): void {
  const { conversation } = channel;
  session.ended.set(conversation, text);
  if (channel.shown) {
    session.feed.push({ kind: "parted", conversation, nick: session.connection.nick, why: "gone", text });
  }
}
