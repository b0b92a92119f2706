import type { Sent } from "../../src/adapter.ts";
import { DeliveryError } from "../../src/domain/errors.ts";
import type { Affiliation, Outbound, Role } from "../../src/domain/events.ts";
import { ADMIN, bitOf, type Channel, FOUNDER, HALFOP, OP, VOICE } from "./channel.ts";
import { brokenOff, toError } from "./errors.ts";
import { toIrc } from "./format.ts";
import { prefixLetters } from "./roster.ts";
import type { ServerSession } from "./server-session.ts";
import { soleNick } from "./sole-nick.ts";

type Kind<K extends Outbound["kind"]> = Extract<Outbound, { kind: K }>;
/** What is done in a channel besides speaking. */
export type Action = Kind<"topic" | "kick" | "affiliation" | "role" | "invite" | "nick">;

/** Does it, and takes the PONG after it as the server's word that nothing stood against it. */
export async function act(session: ServerSession, channel: Channel, body: Action): Promise<Sent> {
  const names = "nick" in body ? [channel.name, nickOf(session, body)] : [channel.name];
  const { connection } = session;
  const exchange = session.exchanges.begin(...names.map((name) => connection.fold(name)));
  try {
    write(session, channel, body);
    await connection.ping().catch((error: unknown) => Promise.reject(brokenOff(session.server, error)));
  } finally {
    session.exchanges.end(exchange);
  }
  const failure = exchange.failures[0];
  if (failure !== undefined) throw toError(failure, names[1] ?? channel.name);
  if (body.kind === "nick") verifyNick(session, body.nick);
  await session.feed.settled();
  return { evidence: `PONG from ${session.server}`, nick: connection.nick };
}

/** An invitation names its guest by address, all else by nick. What the user wants to be called is looked at later. */
function nickOf(session: ServerSession, body: Exclude<Action, Kind<"topic">>): string {
  if (body.kind === "nick") return body.nick;
  if (body.kind !== "invite") return soleNick(body.nick);
  const guest = session.shared.addressing.parse(body.nick);
  if (guest === undefined || guest.kind !== "contact") return soleNick(body.nick);
  if (guest.server === session.server) return guest.name;
  throw new DeliveryError(
    "permanent",
    `${guest.name} is on ${guest.server}, the channel on ${session.server}.`,
    {
      condition: "item-not-found",
    },
  );
}

function write(session: ServerSession, channel: Channel, body: Action): void {
  const { connection } = session;
  const one = (text: string | undefined) => toIrc(text ?? "").replaceAll("\n", " ");
  switch (body.kind) {
    case "topic":
      connection.command("TOPIC", channel.name, one(body.text));
      break;
    case "kick":
      connection.command("KICK", channel.name, body.nick, ...(body.text ? [one(body.text)] : []));
      break;
    case "invite":
      connection.command("INVITE", nickOf(session, body), channel.name);
      break;
    case "nick":
      changeNick(session, body.nick);
      break;
    case "role":
      setModes(session, channel, body.nick, modesOfRole(session, channel, body.nick, body.role));
      break;
    default:
      affiliate(session, channel, body);
  }
}

function changeNick(session: ServerSession, nick: string): void {
  if (/[\s\0-\x1f,*?!@:#&]/.test(nick) || nick === "") {
    throw toError({ code: "432", subjects: [nick], words: "" }, nick);
  }
  session.connection.command("NICK", nick);
}

/** No error and no change: some servers cut a nick that is too long. */
function verifyNick(session: ServerSession, wanted: string): void {
  const { connection } = session;
  const now = connection.nick;
  if (connection.fold(now) === connection.fold(wanted) || (now.length > 0 && wanted.startsWith(now))) return;
  throw new DeliveryError("permanent", `${session.server} left your nick as it is.`, {
    condition: "not-acceptable",
  });
}

/** XEP-0045 §9.1: an outcast is banned and put out; who was one is let in again. */
function affiliate(session: ServerSession, channel: Channel, body: Kind<"affiliation">): void {
  const { connection } = session;
  const mask = `${body.nick}!*@*`;
  if (body.affiliation === "outcast") {
    connection.command("MODE", channel.name, "+b", mask);
    if (channel.members.has(body.nick))
      connection.command("KICK", channel.name, body.nick, toIrc(body.text ?? "Banned"));
    return;
  }
  if (body.affiliation === "none" && !channel.members.has(body.nick)) {
    connection.command("MODE", channel.name, "-b", mask);
    return;
  }
  setModes(session, channel, body.nick, modesOfAffiliation(session, channel, body.nick, body.affiliation));
}

const RANKS: readonly (readonly [bit: number, letter: string])[] = [
  [FOUNDER, "q"],
  [ADMIN, "a"],
  [OP, "o"],
  [HALFOP, "h"],
  [VOICE, "v"],
];

/** The changes that leave a member with `wanted` alone, less what it has already. */
function modesFor(session: ServerSession, channel: Channel, nick: string, wanted: number): string[] {
  const letters = prefixLetters(session);
  const has = channel.members.get(nick) ?? 0;
  const changes: string[] = [];
  for (const [bit, letter] of RANKS) {
    if (bitOf(letter, letters) === 0) continue;
    if ((wanted & bit) !== 0 && (has & bit) === 0) changes.push(`+${letter}`);
    if ((wanted & bit) === 0 && (has & bit) !== 0) changes.push(`-${letter}`);
  }
  return changes;
}

function modesOfAffiliation(
  session: ServerSession,
  channel: Channel,
  nick: string,
  affiliation: Affiliation,
): string[] {
  const founders = prefixLetters(session).includes("q");
  const wanted = { owner: founders ? FOUNDER : OP, admin: OP, member: VOICE, none: 0, outcast: 0 }[
    affiliation
  ];
  return modesFor(session, channel, nick, wanted);
}

function modesOfRole(session: ServerSession, channel: Channel, nick: string, role: Role): string[] {
  const halfops = prefixLetters(session).includes("h");
  const has = channel.members.get(nick) ?? 0;
  if (role === "moderator")
    return has >= HALFOP ? [] : modesFor(session, channel, nick, halfops ? HALFOP : OP);
  if (role === "participant")
    return modesFor(session, channel, nick, channel.moderated || (has & VOICE) !== 0 ? VOICE : 0);
  return modesFor(session, channel, nick, 0);
}

function setModes(session: ServerSession, channel: Channel, nick: string, changes: readonly string[]): void {
  for (const change of changes) session.connection.command("MODE", channel.name, change, nick);
}

/** The user's presence on one server; told again on each new connection. */
export async function setAway(session: ServerSession, text: string | undefined): Promise<void> {
  const away = text === undefined ? undefined : toIrc(text).replaceAll("\n", " ") || "Away";
  if (away === session.awayText) return;
  session.awayText = away;
  if (!session.connection.registered) return;
  session.connection.command("AWAY", ...(away === undefined ? [] : [away]));
  // Lost meanwhile: the next connection says it.
  await session.connection.ping().catch(() => undefined);
}
