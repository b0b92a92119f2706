import type { InboundMessage, Manner } from "../../src/domain/events.ts";
import { replyToCtcp } from "./ctcp.ts";
import { fromIrc } from "./format.ts";
import type { ServerSession } from "./server-session.ts";
import type { TextLine } from "./types.ts";

/** The hot path from IRC: one PRIVMSG or NOTICE becomes one event, gathered until the read's end. */
export function handleText(session: ServerSession, line: TextLine): void {
  if (line.text.charCodeAt(0) === 1 && replyToCtcp(session, line)) return;
  const { text, manner } = said(line);
  if (text === "") return;
  const channel = session.channel(line.target);
  if (channel !== undefined) {
    session.tell(channel, {
      kind: "message",
      conversation: channel.conversation,
      nick: line.from,
      text,
      manner,
      at: line.at,
      networkId: line.msgid,
    });
    return;
  }
  if (session.connection.isChannel(line.target)) return;
  if (!toStatus(session, line, text, manner)) toUser(session, line, text, manner);
}

function said(line: TextLine): { text: string; manner: Manner } {
  const { text } = line;
  if (text.startsWith("\x01ACTION")) {
    const end = text.endsWith("\x01") ? text.length - 1 : text.length;
    return { text: fromIrc(text.slice(8, end)), manner: "action" };
  }
  return { text: fromIrc(text), manner: line.command === "NOTICE" ? "notice" : "plain" };
}

/**
 * To those of a channel with a certain rank (`@#chan`, ISUPPORT STATUSMSG). It is not for all of the room, so it
 * comes as a private message with a note of whom it was for: those are kept in no room's history (XEP-0313 §5.1.3
 * would show it to everybody who joins later).
 */
function toStatus(session: ServerSession, line: TextLine, text: string, manner: Manner): boolean {
  const [, ranks = "", name = ""] = /^([^\w#&+!]+|\+(?=[#&!]))(.*)$/s.exec(line.target) ?? [];
  const channel = ranks === "" ? undefined : session.channel(name);
  if (channel === undefined) return false;
  const { conversation } = channel;
  const noted = `[to ${ranks}] ${text}`;
  session.tell(channel, {
    kind: "message",
    conversation,
    nick: line.from,
    private: true,
    text: noted,
    manner,
    at: line.at,
    networkId: line.msgid,
  });
  return true;
}

function toUser(session: ServerSession, line: TextLine, text: string, manner: Manner): void {
  if (line.mask === "") {
    fromServer(session, text);
    return;
  }
  session.touch();
  const { from } = line;
  const folded = session.connection.fold(from);
  // A bouncer's copy of what another client of this connection wrote.
  if (folded === session.connection.fold(session.connection.nick) && line.target !== from) return;
  const place = session.correspondents.place(folded);
  const conversation = place?.conversation ?? session.contact(from);
  if (conversation === undefined) {
    fromServer(session, `${from}: ${text}`);
    return;
  }
  const message: InboundMessage = {
    kind: "message",
    conversation,
    text,
    manner,
    at: line.at,
    networkId: line.msgid,
  };
  session.feed.push(place?.room === true ? { ...message, nick: from, private: true } : message);
}

/** What the server says of itself. Before registration that is only what it does about us, and is not shown. */
export function fromServer(session: ServerSession, text: string): void {
  if (!session.established || text === "") return;
  session.feed.push({ kind: "message", conversation: session.conversation, text, manner: "notice" });
}
