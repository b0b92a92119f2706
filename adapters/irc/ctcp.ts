import type { ServerSession } from "./server-session.ts";
import type { TextLine } from "./types.ts";

/** At most so many CTCP answers in so many milliseconds: they must not be what floods us off a server. */
const MAX_ANSWERS = 3;
const WINDOW = 10_000;
const VERSION = "Isthmus, an XMPP gateway";
const MAX_ECHO = 200;

interface Answers {
  since: number;
  count: number;
}
const answered = new WeakMap<ServerSession, Answers>();

/**
 * Takes a CTCP message (modern.ircdocs.horse/ctcp): requests are answered, the answers of others dropped.
 * False for an ACTION and for what is only text that begins like one.
 */
export function replyToCtcp(session: ServerSession, line: TextLine): boolean {
  const inside = line.text.endsWith("\x01") ? line.text.slice(1, -1) : line.text.slice(1);
  const [, type = "", rest = ""] = /^([A-Z]+)(?: (.*))?$/s.exec(inside) ?? [];
  if (type === "" || type === "ACTION") return false;
  if (line.command === "NOTICE") return true;
  const answer = answerTo(type, rest.slice(0, MAX_ECHO), session.shared.clock.now());
  if (answer === undefined || line.mask === "" || !mayAnswer(session)) {
    session.log.debug({ server: session.server, type }, "a CTCP request is not answered");
    return true;
  }
  session.connection.command("NOTICE", line.from, `\x01${type} ${answer}\x01`);
  return true;
}

function answerTo(type: string, rest: string, now: number): string | undefined {
  if (type === "VERSION") return VERSION;
  if (type === "PING") return rest;
  if (type === "TIME") return new Date(now).toUTCString();
  return undefined;
}

function mayAnswer(session: ServerSession): boolean {
  const now = session.shared.clock.now();
  const last = answered.get(session);
  if (last === undefined || now - last.since > WINDOW) {
    answered.set(session, { since: now, count: 1 });
    return true;
  }
  last.count++;
  return last.count <= MAX_ANSWERS;
}
