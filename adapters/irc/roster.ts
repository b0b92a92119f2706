import type { Inbound, Occupant } from "../../src/domain/events.ts";
import { bitOf, type Channel } from "./channel.ts";
import type { ServerSession } from "./server-session.ts";

/** The letters of ISUPPORT PREFIX, highest first. */
export function prefixLetters(session: ServerSession): string {
  const prefix = session.connection.supports("PREFIX");
  if (!Array.isArray(prefix)) return "qaohv";
  const letters = prefix.map((entry: unknown) =>
    typeof entry === "object" && entry !== null && "mode" in entry && typeof entry.mode === "string"
      ? entry.mode
      : "",
  );
  return letters.join("");
}

/** The members of a list of names, as irc-framework hands it on. */
export function membersOf(session: ServerSession, users: unknown): Map<string, number> {
  const members = new Map<string, number>();
  if (!Array.isArray(users)) return members;
  const letters = prefixLetters(session);
  for (const user of users as readonly { nick?: unknown; modes?: unknown }[]) {
    if (typeof user.nick !== "string" || user.nick === "") continue;
    let bits = 0;
    if (Array.isArray(user.modes)) for (const mode of user.modes) bits |= bitOf(String(mode), letters);
    members.set(user.nick, bits);
  }
  return members;
}

/** The whole room for a resource that enters, or ("to" undefined) for all of the user's. */
export function joinedEvent(session: ServerSession, channel: Channel, to: string | undefined): Inbound {
  const occupants: Occupant[] = [];
  for (const nick of channel.members.keys()) occupants.push(channel.occupant(nick, session.away.get(nick)));
  const { conversation, subject } = channel;
  return { kind: "joined", conversation, to, nick: session.connection.nick, occupants, subject };
}

/** Members as they now are: tells who came, changed or went since they were last known. */
export function update(session: ServerSession, channel: Channel, members: Map<string, number>): void {
  const before = channel.members;
  channel.members = members;
  const occupants: Occupant[] = [];
  for (const [nick, bits] of members) {
    if (before.get(nick) !== bits) occupants.push(channel.occupant(nick, session.away.get(nick)));
  }
  const nicks = [...before.keys()].filter((nick) => !members.has(nick));
  const { conversation } = channel;
  if (occupants.length > 0) session.tell(channel, { kind: "occupants", conversation, occupants });
  if (nicks.length > 0) session.tell(channel, { kind: "left", conversation, nicks, why: "left" });
}

/** Tells that these members have changed. */
export function changed(session: ServerSession, channel: Channel, nicks: Iterable<string>): void {
  const occupants = [...nicks].map((nick) => channel.occupant(nick, session.away.get(nick)));
  if (occupants.length === 0) return;
  session.tell(channel, { kind: "occupants", conversation: channel.conversation, occupants });
}

/** Those whose role hangs on whether the channel is moderated. */
export function voiceless(channel: Channel): string[] {
  return [...channel.members].filter(([, bits]) => bits === 0).map(([nick]) => nick);
}
