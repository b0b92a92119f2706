import { setTimeout as pause } from "node:timers/promises";
import { type IrcPeer, ircPeer } from "../test/support/irc-peer.ts";
import { type XmppClient, xmppClient } from "../test/support/xmpp-client.ts";
import { COMPONENT, IRC_NAME, type Servers } from "./demo-servers.ts";

/**
 * The live conversation: Juliet with an XMPP client, Romeo with an IRC client, both connected to
 * real servers. Every line of the transcript is printed when the other side has received it.
 */

const CHANNEL = "#balcony";
/** People take their time; the reader too. Milliseconds. */
const BETWEEN = 400;
export const ROOM = `${CHANNEL}%${IRC_NAME}@${COMPONENT}`;

export interface Transcript {
  /** Something was said or done by one, and seen by the other after `ms`. */
  line(who: "Juliet" | "Romeo", where: string, text: string, seen: string, ms: number): void;
}

export interface Cast {
  readonly juliet: XmppClient;
  readonly romeo: IrcPeer;
  /** Private messages both ways, room messages both ways. */
  talk(): Promise<void>;
  leave(): Promise<void>;
}

/** Both connect and meet in the channel. */
export async function meet(servers: Servers, transcript: Transcript): Promise<Cast> {
  const { xmpp, irc } = servers;
  const romeo = await ircPeer({ host: irc.host, port: irc.port, nick: "romeo" });
  await romeo.join(CHANNEL);
  const juliet = await xmppClient(xmpp, "juliet", "demo");
  await juliet.presence();
  const since = performance.now();
  const seenByRomeo = romeo.waitFor(
    (line) => line.command === "JOIN" && line.from === "juliet",
    "Juliet's JOIN",
  );
  const seenByJuliet = juliet.waitFor(
    (stanza) => stanza.is("presence") && stanza.attrs.from === `${ROOM}/romeo`,
    "presence of Romeo",
  );
  await juliet.join(ROOM, "juliet");
  await Promise.all([seenByRomeo, seenByJuliet]);
  transcript.line(
    "Juliet",
    ROOM,
    "(enters the room)",
    "Romeo sees her come, she sees him there",
    performance.now() - since,
  );
  return {
    juliet,
    romeo,
    talk: () => talk(juliet, romeo, transcript),
    leave: () => leave(juliet, romeo, transcript),
  };
}

async function talk(juliet: XmppClient, romeo: IrcPeer, { line }: Transcript): Promise<void> {
  const timed = async (act: () => unknown, seen: Promise<unknown>): Promise<number> => {
    await pause(BETWEEN);
    const since = performance.now();
    await act();
    await seen;
    return performance.now() - since;
  };

  let text = "O Romeo, Romeo! wherefore art thou Romeo? 🌹";
  const back = juliet.waitForBody(`${ROOM}/juliet`, text);
  let ms = await timed(() => juliet.say(ROOM, text, "groupchat"), romeo.waitForText(CHANNEL, text));
  await back;
  line("Juliet", CHANNEL, text, "on IRC", ms);

  text = "Call me but love, and I'll be new baptiz'd; héllo, κόσμε, 世界";
  ms = await timed(() => romeo.say(CHANNEL, text), juliet.waitForBody(`${ROOM}/romeo`, text));
  line("Romeo", CHANNEL, text, "on XMPP", ms);

  text = "How cam'st thou hither, tell me, and wherefore?";
  ms = await timed(() => juliet.say(`${ROOM}/romeo`, text), romeo.waitForText("romeo", text));
  line("Juliet", "to Romeo alone", text, "on IRC", ms);

  text = "With love's light wings did I o'er-perch these walls";
  ms = await timed(() => romeo.say("juliet", text), waitForPrivate(juliet, text));
  line("Romeo", "to Juliet alone", text, "on XMPP", ms);
}

/** A private message comes from the occupant or from the contact, as Juliet wrote to him before. */
function waitForPrivate(juliet: XmppClient, text: string): Promise<unknown> {
  return juliet.waitFor(
    (stanza) => stanza.is("message") && stanza.attrs.type === "chat" && stanza.getChildText("body") === text,
    `private message "${text}"`,
  );
}

async function leave(juliet: XmppClient, romeo: IrcPeer, { line }: Transcript): Promise<void> {
  await pause(BETWEEN);
  const since = performance.now();
  const seen = romeo.waitFor(
    (one) => one.from === "juliet" && (one.command === "PART" || one.command === "QUIT"),
    "Juliet's PART",
  );
  await juliet.leave(ROOM, "juliet");
  await seen;
  line("Juliet", ROOM, "(leaves the room)", "Romeo sees her go", performance.now() - since);
}
