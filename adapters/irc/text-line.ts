import type { TextLine } from "./types.ts";

/**
 * Parses a PRIVMSG or NOTICE by hand: the hot path, without irc-framework. Undefined for every other
 * line, for one without target or text, and for one inside a batch (irc-framework gathers those).
 */
export function parseTextLine(line: string): TextLine | undefined {
  const at = commandStart(line);
  const command = textCommand(line, at);
  if (command === undefined) return undefined;
  const tags = line.charCodeAt(0) === AT ? line.slice(1, line.indexOf(" ")) : undefined;
  if (tags !== undefined && tagStart(tags, "batch") !== -1) return undefined;
  return parseBody(line, at, command, tags);
}

/** A PING's or PONG's last parameter. Undefined for other lines. */
export function parsePing(line: string): { command: "PING" | "PONG"; token: string } | undefined {
  const at = commandStart(line);
  const command = line.startsWith("PING ", at) ? "PING" : line.startsWith("PONG ", at) ? "PONG" : undefined;
  if (command === undefined) return undefined;
  const params = line.slice(at + 5);
  const colon = params.startsWith(":") ? 0 : params.indexOf(" :") + 1;
  const last =
    colon > 0 || params.startsWith(":") ? params.slice(colon + 1) : (params.trim().split(" ").at(-1) ?? "");
  return { command, token: last };
}

const AT = 64;
const COLON = 58;
const SPACE = 32;

/** Where the command begins, behind tags and prefix; the line's end where it has none. */
function commandStart(line: string): number {
  let at = 0;
  if (line.charCodeAt(0) === AT) at = afterWord(line, 0);
  if (line.charCodeAt(at) === COLON) at = afterWord(line, at);
  return at;
}

function afterWord(line: string, from: number): number {
  const end = line.indexOf(" ", from);
  return end === -1 ? line.length : skipSpaces(line, end);
}

function parseBody(
  line: string,
  at: number,
  command: TextLine["command"],
  tags: string | undefined,
): TextLine | undefined {
  const from = skipSpaces(line, at + command.length);
  const end = line.indexOf(" ", from);
  if (end === -1 || end === from) return undefined;
  const target = line.slice(from, end);
  let start = skipSpaces(line, end);
  let text: string;
  if (line.charCodeAt(start) === COLON) {
    start++;
    text = line.slice(start);
  } else {
    const stop = line.indexOf(" ", start);
    text = stop === -1 ? line.slice(start) : line.slice(start, stop);
    if (text === "") return undefined;
  }
  return textLine(command, prefixOf(line, at, tags), target, text, tags);
}

function prefixOf(line: string, commandAt: number, tags: string | undefined): string {
  const start = tags === undefined ? 0 : skipSpaces(line, tags.length + 1);
  return start < commandAt ? line.slice(start + 1, line.indexOf(" ", start)) : "";
}

/** The line of a sender's prefix and, where it came with some, its raw tags. */
export function textLine(
  command: TextLine["command"],
  prefix: string,
  target: string,
  text: string,
  tags: string | undefined,
): TextLine {
  const bang = prefix.indexOf("!");
  const from = bang === -1 ? prefix : prefix.slice(0, bang);
  const mask = bang === -1 ? "" : prefix.slice(bang + 1);
  if (tags === undefined) return { command, from, mask, target, text, at: undefined, msgid: undefined };
  const time = Date.parse(tagValue(tags, "time") ?? "");
  const at = Number.isNaN(time) ? undefined : time;
  return { command, from, mask, target, text, at, msgid: tagValue(tags, "msgid") || undefined };
}

function textCommand(line: string, at: number): TextLine["command"] | undefined {
  if (line.startsWith("PRIVMSG ", at)) return "PRIVMSG";
  return line.startsWith("NOTICE ", at) ? "NOTICE" : undefined;
}

function skipSpaces(line: string, from: number): number {
  let at = from;
  while (line.charCodeAt(at) === SPACE) at++;
  return at;
}

/** Where a tag begins in `a=1;b=2`, -1 for none. */
function tagStart(tags: string, name: string): number {
  let at = tags.indexOf(name);
  while (at !== -1) {
    const after = tags.charCodeAt(at + name.length);
    const whole = Number.isNaN(after) || after === 61 || after === 59;
    if (whole && (at === 0 || tags.charCodeAt(at - 1) === 59)) return at;
    at = tags.indexOf(name, at + 1);
  }
  return -1;
}

/** The unescaped value of a tag. */
function tagValue(tags: string, name: string): string | undefined {
  const start = tagStart(tags, name);
  if (start === -1) return undefined;
  const from = start + name.length;
  if (tags.charCodeAt(from) !== 61) return "";
  const end = tags.indexOf(";", from);
  const value = end === -1 ? tags.slice(from + 1) : tags.slice(from + 1, end);
  return value.includes("\\") ? unescapeTag(value) : value;
}

const ESCAPES: Readonly<Record<string, string>> = { ":": ";", s: " ", r: "", n: "", "\\": "\\" };

/** IRCv3 message-tags, "Escaping values"; CR and LF, which no text of ours may hold, become nothing. */
function unescapeTag(value: string): string {
  return value.replace(/\\(.?)/g, (_, char: string) => ESCAPES[char] ?? char);
}
