import { entryFailed, named } from "./entering.ts";
import { failureOf } from "./errors.ts";
import { fromIrc } from "./format.ts";
import { fromServer } from "./inbound.ts";
import { field, onAway, onBack, onJoin, onKick, onNick, onPart, onQuit } from "./membership.ts";
import { onChannelInfo, onMode, onTopic, onTopicSetBy } from "./modes.ts";
import type { ServerSession } from "./server-session.ts";

type Event = Record<string, unknown>;
type Handler = (session: ServerSession, event: Event) => void;

/** irc-framework's events that mean something to the user. */
const HANDLERS: ReadonlyMap<string, Handler> = new Map<string, Handler>([
  ["join", onJoin],
  ["part", onPart],
  ["kick", onKick],
  ["quit", onQuit],
  ["nick", onNick],
  ["away", onAway],
  ["back", onBack],
  ["mode", onMode],
  ["channel info", onChannelInfo],
  ["topic", onTopic],
  ["topicsetby", onTopicSetBy],
  ["userlist", (session, event) => named(session, field(event, "channel"), event.users)],
  ["invite", onInvite],
  ["motd", onMotd],
  ["server options", (session) => session.refold()],
  ["whois", (session, event) => session.lookups.whois(session, event)],
  ["channel list", (session, event) => session.lookups.listed(event)],
  ["channel list end", (session) => session.lookups.listEnd(session)],
]);

/** Hands an event of irc-framework to what deals with it; errors go to what they are about. */
export function handleEvent(session: ServerSession, name: string, event: Event): void {
  const handler = HANDLERS.get(name);
  if (handler !== undefined) {
    handler(session, event);
    return;
  }
  const failure = failureOf(name, event);
  if (failure === undefined) return;
  if (entryFailed(session, failure)) return;
  if (session.exchanges.fail(failure, (text) => session.connection.fold(text))) return;
  if (session.lookups.failed(session, failure)) return;
  const about = failure.subjects.join(" ");
  session.log.debug({ server: session.server, code: failure.code, about }, "an error that nothing asked for");
  fromServer(session, fromIrc(`${about} ${failure.words}`.trim()));
}

/** INVITE; with invite-notify also of others, which is not ours. */
function onInvite(session: ServerSession, event: Event): void {
  const { connection } = session;
  if (connection.fold(field(event, "invited")) !== connection.fold(connection.nick)) return;
  const room = session.contact(field(event, "channel"));
  const by = session.contact(field(event, "nick")) ?? session.conversation;
  if (room !== undefined) session.feed.push({ kind: "invited", conversation: room, room, by });
}

/** Longest message of the day that is shown, characters. */
const MAX_MOTD = 4000;

/** The message of the day, as one message, once. irc-framework begins it with "undefined" where the server forgot RPL_MOTDSTART. */
function onMotd(session: ServerSession, event: Event): void {
  const text = fromIrc(
    field(event, "motd")
      .replace(/^undefined/, "")
      .trimEnd()
      .slice(0, MAX_MOTD),
  );
  if (session.motdShown || text === "") return;
  session.motdShown = true;
  fromServer(session, text);
}
