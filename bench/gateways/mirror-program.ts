import { createHash } from "node:crypto";
import { connect } from "node:net";

/**
 * Passes one user's messages between the two ends with as little work as there can be: every `seq=` of
 * a read becomes one line or one stanza. Arguments: XMPP port, IRC port, domain, secret.
 */
const [xmppPort = "", ircPort = "", domain = "", secret = ""] = process.argv.slice(2);
const MESSAGE = /seq=\d{10}[^<\r]*(?=[<\r])/g;

const xmpp = connect({ host: "127.0.0.1", port: Number(xmppPort), noDelay: true });
const irc = connect({ host: "127.0.0.1", port: Number(ircPort), noDelay: true });
let room = "";
let user = "";
let fromXmpp = "";
let fromIrc = "";

xmpp.write(
  `<stream:stream xmlns='jabber:component:accept' xmlns:stream='http://etherx.jabber.org/streams' to='${domain}'>`,
);
xmpp.on("data", (chunk: Buffer) => {
  const text = fromXmpp + chunk.toString("latin1");
  fromXmpp = room === "" ? opening(text) : forward(text, ["irc", "xmpp"]);
});
irc.on("data", (chunk: Buffer) => {
  const text = fromIrc + chunk.toString("latin1");
  if (text.includes(" 366 ")) answerJoin();
  fromIrc = forward(text, ["xmpp"]);
});
xmpp.on("close", () => process.exit(0));
irc.on("error", () => process.exit(1));
process.once("SIGTERM", () => process.exit(0));

/** Writes every whole message of a text to those ends; returns the start of one that is cut. */
function forward(text: string, to: readonly ("irc" | "xmpp")[]): string {
  const found = text.match(MESSAGE) ?? [];
  if (to.includes("irc")) irc.write(found.map((line) => `PRIVMSG ${channel()} :${line}\r\n`).join(""));
  if (to.includes("xmpp")) xmpp.write(found.map(stanza).join(""));
  const last = text.slice(text.lastIndexOf("seq="));
  return /^seq=[^<\r]*$/.test(last) ? last : text.slice(-"seq".length);
}

function stanza(line: string): string {
  return `<message from='${room}/peer' to='${user}' type='groupchat'><body>${line}</body></message>`;
}

function channel(): string {
  return room.slice(0, room.indexOf("%"));
}

/** Stream, handshake, and the first join; returns what is left to read. */
function opening(text: string): string {
  const id = /<stream:stream[^>]*\sid='([^']*)'/.exec(text)?.[1];
  if (id !== undefined) {
    const digest = createHash("sha1")
      .update(id + secret)
      .digest("hex");
    xmpp.write(`<handshake>${digest}</handshake>`);
    return "";
  }
  const join = /<presence from='([^']*)' to='([^'/]*)\/[^>]*>.*<\/presence>/.exec(text);
  if (join === null) return text;
  [, user = "", room = ""] = join;
  irc.write(`NICK bench0\r\nUSER u 0 * :u\r\nJOIN ${channel()}\r\n`);
  return "";
}

function answerJoin(): void {
  xmpp.write(
    `<presence from='${room}/bench0' to='${user}'><x xmlns='http://jabber.org/protocol/muc#user'>` +
      `<item affiliation='none' role='participant'/><status code='110'/></x></presence>`,
  );
}
