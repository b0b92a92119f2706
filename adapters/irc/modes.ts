import type { Subject } from "../../src/domain/events.ts";
import { bitOf, type Channel } from "./channel.ts";
import { fromIrc } from "./format.ts";
import { field } from "./membership.ts";
import { changed, prefixLetters, voiceless } from "./roster.ts";
import type { ServerSession } from "./server-session.ts";

/** Modes and topics of channels. */

type Event = Record<string, unknown>;
interface Mode {
  readonly sign: string;
  readonly letter: string;
  readonly param: string;
}

function modesOf(event: Event): Mode[] {
  if (!Array.isArray(event.modes)) return [];
  return event.modes.map((entry: { mode?: unknown; param?: unknown }) => {
    const mode = String(entry.mode ?? "");
    return {
      sign: mode.charAt(0),
      letter: mode.slice(1),
      param: typeof entry.param === "string" ? entry.param : "",
    };
  });
}

export function onMode(session: ServerSession, event: Event): void {
  const channel = session.channel(field(event, "target"));
  if (channel === undefined) return;
  const letters = prefixLetters(session);
  const touched = new Set<string>();
  const others: Mode[] = [];
  for (const mode of modesOf(event)) {
    const bit = bitOf(mode.letter, letters);
    if (bit === 0) others.push(mode);
    else if (setBit(channel, mode, bit)) touched.add(mode.param);
  }
  if (touched.has(session.connection.nick)) session.exchanges.silence(session.connection.fold(channel.name));
  changed(session, channel, touched);
  for (const mode of others) setMode(session, channel, mode);
  if (others.length > 0) note(session, channel, field(event, "nick"), others);
}

/** Gives or takes a rank; true where that changed something. */
function setBit(channel: Channel, mode: Mode, bit: number): boolean {
  const before = channel.members.get(mode.param);
  if (before === undefined) return false;
  const after = mode.sign === "+" ? before | bit : before & ~bit;
  channel.members.set(mode.param, after);
  return after !== before;
}

function setMode(session: ServerSession, channel: Channel, mode: Mode): void {
  if (mode.letter === "k") channel.key = mode.sign === "+" ? mode.param || channel.key : undefined;
  if (mode.letter === "b" && mode.sign === "+")
    session.exchanges.silence(session.connection.fold(channel.name));
  if (mode.letter === "m") moderate(session, channel, mode.sign === "+");
}

function moderate(session: ServerSession, channel: Channel, moderated: boolean): void {
  if (channel.moderated === moderated) return;
  channel.moderated = moderated;
  if (moderated) session.exchanges.silence(session.connection.fold(channel.name));
  changed(session, channel, voiceless(channel));
}

function note(session: ServerSession, channel: Channel, by: string, modes: readonly Mode[]): void {
  // A key is nobody's business who has not been told it.
  const words = modes.map(({ sign, letter, param }) =>
    param === "" || letter === "k" ? sign + letter : `${sign}${letter} ${param}`,
  );
  const text = fromIrc(`${by === "" ? session.server : by} set the mode ${words.join(", ")}.`);
  session.tell(channel, { kind: "note", conversation: channel.conversation, text });
}

/** RPL_CHANNELMODEIS, the answer to our MODE after joining. */
export function onChannelInfo(session: ServerSession, event: Event): void {
  const channel = session.channel(field(event, "channel"));
  if (channel === undefined || !Array.isArray(event.modes)) return;
  const moderated = modesOf(event).some(({ sign, letter }) => letter === "m" && sign !== "-");
  moderate(session, channel, moderated);
}

/** TOPIC, and RPL_TOPIC and RPL_NOTOPIC, which name nobody. */
export function onTopic(session: ServerSession, event: Event): void {
  const channel = session.channel(field(event, "channel"));
  if (channel === undefined) return;
  const by = field(event, "nick");
  const text = fromIrc(field(event, "topic"));
  const at = typeof event.time === "number" ? event.time : session.shared.clock.now();
  const subject: Subject = by === "" ? { text } : { text, by, at };
  const known = by === "" && channel.subject?.text === text;
  if (known) return;
  channel.subject = subject;
  if (channel.phase !== "joining") {
    session.tell(channel, { kind: "subject", conversation: channel.conversation, subject });
  }
}

/** RPL_TOPICWHOTIME: who set it and when, in seconds. */
export function onTopicSetBy(session: ServerSession, event: Event): void {
  const channel = session.channel(field(event, "channel"));
  if (channel?.subject === undefined) return;
  const seconds = Number(field(event, "when"));
  const by = field(event, "nick");
  const at = Number.isSafeInteger(seconds) && seconds > 0 && seconds < 1e11 ? seconds * 1000 : undefined;
  channel.subject = { text: channel.subject.text, by: by === "" ? undefined : by, at };
}
