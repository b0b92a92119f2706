import type { Inbound, Leaving } from "../../src/domain/events.ts";
import type { Channel } from "./channel.ts";
import { selfJoined } from "./entering.ts";
import { fromIrc } from "./format.ts";
import { isNetsplit } from "./netsplit.ts";
import { changed } from "./roster.ts";
import type { ServerSession } from "./server-session.ts";

/** Who comes, goes and is called what: JOIN, PART, KICK, QUIT, NICK, AWAY as irc-framework hands them on. */

type Event = Record<string, unknown>;

/** A text field of an event, "" where there is none. */
export function field(event: Event, name: string): string {
  const value = event[name];
  return typeof value === "string" ? value : "";
}

function isSelf(session: ServerSession, nick: string): boolean {
  const { connection } = session;
  return nick === connection.nick || connection.fold(nick) === connection.fold(connection.nick);
}

export function onJoin(session: ServerSession, event: Event): void {
  const nick = field(event, "nick");
  const name = field(event, "channel");
  if (isSelf(session, nick)) {
    selfJoined(session, name);
    return;
  }
  const channel = session.channel(name);
  if (channel === undefined) return;
  if (session.netsplit.back(channel, nick)) return;
  channel.members.set(nick, 0);
  changed(session, channel, [nick]);
}

export function onPart(session: ServerSession, event: Event): void {
  const name = field(event, "channel");
  const channel = session.channel(name);
  if (channel === undefined) return;
  // irc-framework gives the last argument, which is the channel where there is no text.
  const said = field(event, "message");
  leave(session, channel, field(event, "nick"), "left", { text: said === name ? "" : said });
}

export function onKick(session: ServerSession, event: Event): void {
  const channel = session.channel(field(event, "channel"));
  if (channel === undefined) return;
  const kicked = field(event, "kicked");
  const text = field(event, "message");
  leave(session, channel, kicked, "kicked", { by: field(event, "nick"), text: text === kicked ? "" : text });
}

function leave(
  session: ServerSession,
  channel: Channel,
  nick: string,
  why: Leaving,
  how: { readonly by?: string; readonly text: string },
): void {
  const { conversation } = channel;
  const by = how.by === "" ? undefined : how.by;
  const text = how.text === "" ? undefined : fromIrc(how.text);
  if (!isSelf(session, nick)) {
    channel.members.delete(nick);
    session.netsplit.back(channel, nick);
    session.tell(channel, { kind: "left", conversation, nicks: [nick], why, by, text });
    forgetAway(session, nick);
    return;
  }
  session.exchanges.silence(session.connection.fold(channel.name));
  const to = channel.leaver;
  session.tell(channel, { kind: "parted", conversation, to, nick, why, by, text });
  if (to === undefined) session.ended.set(conversation, `You were put out of ${channel.name}.`);
  session.dropChannel(channel);
}

export function onQuit(session: ServerSession, event: Event): void {
  const nick = field(event, "nick");
  if (isSelf(session, nick)) return;
  const message = field(event, "message");
  const channels = [...session.channels.values()].filter((channel) => channel.members.has(nick));
  if (isNetsplit(message)) {
    session.netsplit.quit(session, nick, channels, message);
    return;
  }
  const text = message === "" ? undefined : fromIrc(message);
  for (const channel of channels) {
    channel.members.delete(nick);
    const { conversation } = channel;
    session.tell(channel, { kind: "left", conversation, nicks: [nick], why: "left", text });
  }
  session.away.delete(nick);
}

export function onNick(session: ServerSession, event: Event): void {
  const nick = field(event, "nick");
  const newNick = field(event, "new_nick");
  if (nick === "" || newNick === "") return;
  const { connection } = session;
  const self = connection.fold(nick) === connection.fold(session.nick);
  if (self) session.nick = newNick;
  const away = session.away.get(nick);
  session.away.delete(nick);
  if (away !== undefined) session.away.set(newNick, away);
  session.correspondents.rename(connection.fold(nick), connection.fold(newNick));
  for (const channel of session.channels.values()) rename(session, channel, nick, newNick, self);
}

/** A member goes by another nick. */
export function rename(
  session: ServerSession,
  channel: Channel,
  nick: string,
  newNick: string,
  self: boolean,
): void {
  const bits = channel.members.get(nick);
  if (bits === undefined) return;
  channel.members.delete(nick);
  channel.members.set(newNick, bits);
  const { conversation } = channel;
  const occupant = channel.occupant(newNick, session.away.get(newNick));
  const event: Inbound = { kind: "renamed", conversation, nick, newNick, self, occupant };
  session.tell(channel, event);
}

/** IRCv3 away-notify. */
export function onAway(session: ServerSession, event: Event): void {
  setAway(session, field(event, "nick"), field(event, "message"));
}

export function onBack(session: ServerSession, event: Event): void {
  setAway(session, field(event, "nick"), "");
}

function setAway(session: ServerSession, nick: string, text: string): void {
  if (isSelf(session, nick)) return;
  const channels = [...session.channels.values()].filter((channel) => channel.members.has(nick));
  if (channels.length === 0 || (session.away.get(nick) ?? "") === text) return;
  if (text === "") session.away.delete(nick);
  else session.away.set(nick, fromIrc(text));
  for (const channel of channels) changed(session, channel, [nick]);
}

function forgetAway(session: ServerSession, nick: string): void {
  if (!session.away.has(nick)) return;
  for (const channel of session.channels.values()) if (channel.members.has(nick)) return;
  session.away.delete(nick);
}
