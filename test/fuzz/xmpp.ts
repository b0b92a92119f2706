import fc from "fast-check";
import { childElements, childText, type Element, el, text } from "../../src/domain/element.ts";
import { escapeLocal, unescapeLocal } from "../../src/domain/escape.ts";
import { jidOf, parseJid } from "../../src/domain/jid.ts";
import { MAX_PART, prepareDomain, prepareLocal, prepareResource } from "../../src/domain/prep.ts";
import { passOut } from "../../src/xmpp/chokepoint.ts";
import { discoItems, MAX_PAGE, page } from "../../src/xmpp/codec/disco.ts";
import { conditionOf } from "../../src/xmpp/codec/errors.ts";
import { joinRequest } from "../../src/xmpp/codec/muc.ts";
import { Parser } from "../../src/xmpp/parser.ts";
import { defaultLimits } from "../../src/xmpp/stream.ts";
import { joined, mutated } from "./mutations.ts";
import { cut, holds, same, target } from "./target.ts";

const DOMAIN = "irc.example.org";
const HEADER =
  "<?xml version='1.0'?><stream:stream xmlns:stream='http://etherx.jabber.org/streams' " +
  `xmlns='jabber:component:accept' id='s1' from='${DOMAIN}'>`;

const STANZAS = [
  "<message from='romeo@example.org/balcony' to='#verona%irc.verona.test@irc.example.org' type='groupchat' id='1'><body>Grüße &amp; 日本 &#x1F600;</body></message>",
  "<presence from='a@b/c' to='#x%y.z@irc.example.org/n'><x xmlns='http://jabber.org/protocol/muc'><password>p</password><history maxstanzas='20' maxchars='9' seconds='1' since='2026-11-21T08:00:00Z'/></x></presence>",
  "<iq type='get' from='a@b/c' to='irc.example.org' id='2'><query xmlns='http://jabber.org/protocol/disco#items'><set xmlns='http://jabber.org/protocol/rsm'><max>10</max><after>#a@x</after></set></query></iq>",
  "<message type='error' from='a@b' to='c@irc.example.org'><error type='cancel'><item-not-found xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'/><text xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'>gone</text></error></message>",
  "<message from='a@b' to='c@d'><p:x xmlns:p='u' p:y='1' xml:lang='en'><![CDATA[<&]]]]></p:x>\r\n</message>",
  `<a>${"<b>".repeat(70)}${"</b>".repeat(70)}</a>`,
];
const XML = [
  ..."< > / ' \" = & ; ! ? : ]] ]]> <![CDATA[ <!-- --> <?x?> <!DOCTYPE </ /> <a> </a> <a/> xmlns= xmlns='u' xmlns:p='v' p:a='1'".split(
    " ",
  ),
  ..."&amp; &lt; &#0; &#65; &#x110000; &#99999999999999999999; &x; __proto__='1' from='a@b' </stream:stream> </message>".split(
    " ",
  ),
  ..." |\r|\n|\t|\0|\u0001|\ufffe|\uffff|\ud83d|\ude00|é|日本".split("|"),
];

const cuts = fc.array(fc.nat({ max: 100_000 }), { maxLength: 12 });
const xml = fc.oneof(
  { weight: 3, arbitrary: mutated(STANZAS, XML) },
  { weight: 1, arbitrary: joined(XML) },
  { weight: 1, arbitrary: fc.tuple(mutated(STANZAS, XML), mutated(STANZAS, XML)).map((two) => two.join("")) },
);

/** All that a parser said, whatever the reads were. */
function parse(pieces: readonly string[]): { said: unknown[]; elements: Element[] } {
  const said: unknown[] = [];
  const elements: Element[] = [];
  const parser = new Parser(defaultLimits, {
    opened: () => {},
    elements: (batch) => {
      elements.push(...batch);
      said.push(...batch);
    },
    oversized: (head, why) => said.push([head, why]),
    closed: () => said.push("closed"),
    failed: () => said.push("failed"),
  });
  parser.write(HEADER);
  for (const piece of pieces) parser.write(piece);
  return { said, elements };
}

/** That something is no XML may come to light a little later in another cut; all before it is the same. */
function sameSoFar(one: readonly unknown[], other: readonly unknown[]): void {
  const [left, right] = [one, other].map((said) => said.filter((what) => what !== "failed"));
  const most =
    one.length === left?.length && other.length === right?.length
      ? undefined
      : Math.min(left?.length ?? 0, right?.length ?? 0);
  same(left?.slice(0, most), right?.slice(0, most), "the same stream cut in another way");
}

/** What is read is the same however it is cut, and can be handled and written again. */
export const stanzas = target("stanza", fc.record({ xml, cuts }), (input) => {
  const whole = parse([input.xml]);
  const sliced = parse(cut(input.xml.length, input.cuts, (from, to) => input.xml.slice(from, to)));
  sameSoFar(sliced.said, whole.said);
  for (const stanza of whole.elements) {
    conditionOf(stanza);
    joinRequest(stanza, 0);
    text(stanza);
    childElements(stanza);
  }
  passOut(whole.elements, DOMAIN, defaultLimits.maxStanza);
});

const JIDS = [
  "romeo@example.org/balcony",
  "Straße@Example.ORG./Größe",
  "ﬁsh\u00ad@münchen.example/ſ",
  "א1א@xn--mnchen-3ya.example",
  "#chan%irc.example.net@irc.example.org/nick",
  "alice\\40example.net@mail.example.org",
  "a@[::1]/x",
  `${"é".repeat(511)}@${"a.".repeat(500)}b/${"x".repeat(1023)}`,
];
const JID = [
  ..."@ / . .. : \\ \" & ' < > [ ] % # \\40 \\5c \\20 xn-- A z ß ſ K é e\u0301 ﬁ ﷺ א ا 1 \u00ad \u200d \u0130 ȡ 😀 \ud800 \udc00 \0 \u007f \u2100 \ufe52 。".split(
    " ",
  ),
  " ",
  "\u0340",
  "\u1e9e",
  "\u{e0001}",
];
const address = fc.oneof(mutated(JIDS, JID), joined(JID, 40));

/** A prepared part fits, and preparing it again changes nothing, or one user would have two keys. */
export const jids = target("jid", address, (input) => {
  for (const prepare of [prepareLocal, prepareDomain, prepareResource]) {
    const part = prepare(input);
    if (part === undefined) continue;
    holds(part !== "" && Buffer.byteLength(part) <= MAX_PART, "a prepared part fits");
    same(prepare(part), part, "prepared again");
  }
  const jid = parseJid(input);
  if (jid === undefined) return;
  same(jidOf(jid.local, jid.domain, jid.resource), jid, "put together again");
  holds(jid.full.isWellFormed(), "characters, no halves");
  same(parseJid(jid.full)?.full, jid.full, "read again");
});

/** XEP-0106: there and back is the same; and what a server folded is read, too. */
export const escapes = target("escape", fc.oneof(mutated(JIDS, JID), joined(JID)), (input) => {
  unescapeLocal(input);
  const escaped = escapeLocal(input);
  if (escaped !== undefined) same(unescapeLocal(escaped), input, "escaped and read back");
});

const SETS = [
  "<set xmlns='http://jabber.org/protocol/rsm'><max>10</max><after>item3</after></set>",
  "<set xmlns='http://jabber.org/protocol/rsm'><max>10</max><before/></set>",
  "<set xmlns='http://jabber.org/protocol/rsm'><max>0</max><index>7</index></set>",
];
const RSM = [
  "<max>",
  "</max>",
  "-1",
  "1e9",
  "Infinity",
  "9".repeat(400),
  "<after/>",
  "<before>",
  "item5",
  "<index>",
  ...XML,
];
const pages = fc.record({
  set: fc.oneof(mutated(SETS, RSM), fc.constant("")),
  count: fc.nat({ max: 2_000 }),
});

/** XEP-0059: a page is part of the list, and never larger than the most. */
export const rsm = target("rsm", pages, (input) => {
  const query = parse([`<query>${input.set}</query>`]).elements[0] ?? el("query");
  const items = Array.from({ length: input.count }, (_, index) => ({ jid: `item${index}` }));
  const found = page(query, items, (item) => item.jid);
  if (found === undefined) return;
  holds(found.items.length <= MAX_PAGE, "no page is over the most");
  const first = found.items[0];
  const from = first === undefined ? 0 : items.indexOf(first);
  same(found.items, items.slice(from, from + found.items.length), "a part of the list");
  const answer = discoItems(found.items, found.set);
  if (found.set !== undefined) same(childText(found.set, "count"), String(input.count), "the count of all");
  holds(childElements(answer).length >= found.items.length, "all of them in the answer");
});
