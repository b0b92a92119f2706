import fc from "fast-check";
import { createAddressing } from "../../adapters/irc/address.ts";
import { parseOptions } from "../../adapters/irc/config.ts";
import { fromIrc, toIrc } from "../../adapters/irc/format.ts";
import { Framework } from "../../adapters/irc/framework.ts";
import { foldName, isChannelName } from "../../adapters/irc/isupport.ts";
import {
  cleanLine,
  cutBytes,
  formatLine,
  LINE_BYTES,
  LineSplitter,
  MAX_INCOMING_LINE,
} from "../../adapters/irc/lines.ts";
import { splitMessage, splitText } from "../../adapters/irc/split.ts";
import { parsePing, parseTextLine } from "../../adapters/irc/text-line.ts";
import type { ServerOptions } from "../../adapters/irc/types.ts";
import { UserError } from "../../src/domain/errors.ts";
import { parseJid } from "../../src/domain/jid.ts";
import { joined, mutated } from "./mutations.ts";
import { cut, holds, same, target } from "./target.ts";

const LINES = [
  ":ann!a@host PRIVMSG #verona :Grüße \x02fett\x02 \x0304,12rot\x0f\r\n",
  "@time=2026-11-21T08:00:00.000Z;msgid=m1;+draft/reply=x\\s\\: :ann!a@host NOTICE joe :\x01VERSION 1\x01\r\n",
  ":srv 005 joe CHANMODES=b,k,l,imnt CHANTYPES=#& PREFIX=(qaohv)~&@%+ CASEMAPPING=rfc1459 STATUSMSG=@+ :are supported\r\n",
  ":srv 353 joe = #verona :@ann +bob!b@host ~carl\r\n:srv 366 joe #verona :End\r\n",
  ":ann!a@host MODE #verona +ov-b+k ann bob *!*@* key\r\n",
  ":srv CAP * LS * :multi-prefix sasl=PLAIN server-time\r\n:srv CAP joe ACK :multi-prefix\r\n",
  ":srv BATCH +h chathistory #x\r\n@batch=h :ann!a@h PRIVMSG #x :past\r\n:srv BATCH -h\r\n",
  ":srv 311 joe ann a host * :Ann\r\n:srv 319 joe ann :@#x\r\n:srv 318 joe ann :End\r\n",
  ":srv 433 * joe :in use\r\n:srv 001 joe :Welcome\r\n:srv 376 joe :End\r\nPING :x\r\n:srv PONG srv :ready\r\n",
  ":ann!a@h JOIN #x * :Ann\r\n:ann!a@h KICK #x joe :out\r\n:ann!a@h NICK bob\r\n:ann!a@h QUIT :a.b c.d\r\n:srv TOPIC #x :t\r\n",
  ":srv 322 joe #x 12 :topic\r\n:srv 367 joe #x *!*@x ann 123\r\n:srv 332 joe #x :t\r\n:srv 333 joe #x ann 1\r\n:srv 329 joe #x 1\r\n",
];
const WORDS = [
  ...": , ; = @ # & + - * ! \\ \\: \\s PRIVMSG NOTICE MODE 005 353 CAP LS ACK NEW DEL BATCH WHOX 354 352 730 731 900 904 AUTHENTICATE joe #verona CHANMODES CHANTYPES= PREFIX=( PREFIX=) @time= @batch=h +b -o".split(
    " ",
  ),
  ..." |\r\n|\n|\r|\0|\x01|\x02|\x03|\x0301,|\x04ff00|\x1d|\x1e|\x11|\x0f|\xff|\xc3|\xe2\x80".split("|"),
  "__proto__",
  "constructor",
];
const cuts = fc.array(fc.nat({ max: 100_000 }), { maxLength: 12 });
/** Longest input, bytes: a line with tags has at most 8.7 KB, so that these are several. */
const LONGEST_READ = 16_384;
/** Every character of `bytes` is one byte. */
const incoming = fc.record({
  bytes: fc
    .oneof(mutated(LINES, WORDS), joined(WORDS))
    .map((text) => Buffer.from(text).toString("latin1").slice(0, LONGEST_READ)),
  cuts,
});

const SERVER: ServerOptions = {
  name: "irc.example",
  host: "127.0.0.1",
  port: 6667,
  tls: false,
  verify: true,
  flood: "off",
  connectRate: 10,
};

function lines(chunks: readonly Buffer[]): string[] {
  const found: string[] = [];
  const splitter = new LineSplitter();
  for (const chunk of chunks) splitter.push(chunk, { line: (line) => found.push(line) });
  return found;
}

/** Bytes of a server: however cut the same lines, and no line does harm. */
export const linesIn = target("irc-in", incoming, (input) => {
  const bytes = Buffer.from(input.bytes, "latin1");
  const whole = lines([bytes]);
  same(lines(cut(bytes.length, input.cuts, (from, to) => bytes.subarray(from, to))), whole, "the same lines");
  const framework = new Framework({ write: wire, event: () => {}, text: ({ text }) => legal(fromIrc(text)) });
  framework.register(SERVER, { nick: "joe", username: "joe", realname: "Joe" });
  for (const line of whole) {
    holds(line.length <= MAX_INCOMING_LINE && !/[\r\n\0]/.test(line), "a line is one line");
    parsePing(line);
    const said = parseTextLine(line);
    if (said === undefined) framework.line(line);
    else legal(fromIrc(said.text));
    foldName(framework.isupport, line);
    isChannelName(framework.isupport, line);
  }
});

function legal(text: string): void {
  holds(!/[\0-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]/.test(text), "no character that XML has no place for");
}

/** Whatever irc-framework was made to answer, it goes out as one line. */
function wire(line: string): void {
  oneLine(cleanLine(line));
}

function oneLine(line: string): void {
  holds(!/[\r\n\0]/.test(line), "no CR, LF or NUL inside a line");
  holds(Buffer.byteLength(line) <= LINE_BYTES - 2, "no line over 512 bytes");
}

const TEXTS = [
  "Grüße aus Köln – „ſtraße“",
  "👩‍👩‍👧‍👦 🏴󠁧󠁢󠁳󠁣󠁴󠁿 e\u0301\u0323 ท\u0e35\u0e48น",
  "\x0304,12rot \x04ff0000,00ff00x",
  "two\r\nlines\n\nand /me more",
  "a".repeat(1_000),
];
/** The adapter's capabilities allow no more bytes; core refuses the rest. */
const LONGEST_TEXT = 16_384;
const text = fc.oneof(mutated(TEXTS, WORDS), joined(WORDS, 60)).map((said) => cutBytes(said, LONGEST_TEXT));
const outgoing = fc.record({
  name: fc.constantFrom("PRIVMSG", "NOTICE", "JOIN", "KICK", "NICK", "TOPIC", "MODE"),
  args: fc.array(text, { maxLength: 4 }),
  room: fc.integer({ min: 40, max: 510 }),
});

/** What people write: one line each, whole characters, nothing lost but the spaces at the cuts. */
export const linesOut = target("irc-out", outgoing, ({ name, args, room }) => {
  oneLine(formatLine(name, args));
  for (const arg of args) {
    for (const line of splitMessage(toIrc(arg))) {
      const pieces = splitText(line, room);
      for (const piece of pieces) {
        holds(Buffer.byteLength(piece) <= room, "every piece fits");
        if (line.isWellFormed()) holds(piece.isWellFormed(), "no cut inside a character");
      }
      same(pieces.join("").replaceAll(" ", ""), line.replaceAll(" ", ""), "nothing is lost");
    }
  }
});

const NAMES = [
  "#verona",
  "nick",
  "&local",
  "[x]\\y{z}|^`_-",
  "#a%b",
  "#straße",
  "#日本",
  "!ABCDEchan",
  "+open",
  "x\\40y",
];
const PROMPTS = [
  "#chan on irc.example.net",
  "nick@irc.example.net",
  "#a@b irc.example.net",
  "#c%irc.x@irc.example.org",
];
const NAME = [
  ..."# & + ! @ : ' \" / < > \\ % [ ] { } ~ | ^ , * ? . $ - _ \\40 \\5c A z ß é 日 irc.example.net 😀 \ud800 \x07 \0".split(
    " ",
  ),
  " ",
];
const names = fc.record({
  name: fc.oneof(mutated([...NAMES, ...PROMPTS], NAME), joined(NAME, 40)),
  host: fc.constantFrom("irc.example.net", "localhost", "10.0.0.1"),
});
const many = createAddressing(parseOptions({ servers: { localhost: { tls: false } } }), "irc.example.org");
const fixed = createAddressing(parseOptions({ fixed_server: "irc.example.net" }), "irc.example.org");

/** A bijection on what it accepts, and to what a server leaves as it is. */
export const addresses = target("irc-address", names, ({ name, host }) => {
  for (const addressing of [many, fixed]) {
    const server = addressing === fixed ? "irc.example.net" : host;
    addressing.address(name);
    prompt(() => addressing.fromPrompt(name));
    const local = addressing.conversation(server, name);
    if (local === undefined) continue;
    same(parseJid(`${local}@irc.example.org`)?.local, local, "as a server prepares it");
    const found = addressing.parse(local);
    holds(found?.server === server, "on its server");
    same(addressing.conversation(server, found?.name ?? ""), local, "there and back");
  }
});

function prompt(read: () => unknown): void {
  try {
    read();
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    holds(!error.message.includes("\n") || error.message.length < 400, "an answer in a few words");
  }
}
