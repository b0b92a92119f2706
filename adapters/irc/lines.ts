import { isUtf8 } from "node:buffer";

/** RFC 1459 §2.3: the longest line, CR LF included. Tags come on top (IRCv3 message-tags: 8191 bytes). */
export const LINE_BYTES = 512;
export const MAX_INCOMING_LINE = 8191 + LINE_BYTES;

const LF = 10;
const CR = 13;
const FORBIDDEN = /[\r\n\0]/g;

/** Takes the lines of a read, one at a time. */
export interface LineSink {
  line(line: string): void;
}

/**
 * Cuts a byte stream into lines. A line is decoded as a whole, so that no character is cut at the
 * border of two reads; what is not UTF-8 is taken as Latin-1. A line over `limit` bytes is skipped
 * while it comes in, and never held.
 */
export class LineSplitter {
  /** How many lines were too long. */
  overlong = 0;
  readonly #limit: number;
  #rest: Buffer | undefined;
  #skipping = false;

  constructor(limit: number = MAX_INCOMING_LINE) {
    this.#limit = limit;
  }

  /** Hands on every line that ends in `chunk`, which may be reused afterwards. */
  push(chunk: Buffer, sink: LineSink): void {
    let start = 0;
    for (let end = chunk.indexOf(LF); end !== -1; end = chunk.indexOf(LF, start)) {
      this.#end(chunk, start, end, sink);
      start = end + 1;
    }
    if (start < chunk.length) this.#keep(chunk.subarray(start));
  }

  #end(chunk: Buffer, start: number, end: number, sink: LineSink): void {
    if (this.#skipping) {
      this.#skipping = false;
      return;
    }
    const rest = this.#rest;
    if (rest === undefined) {
      this.#emit(chunk, start, end, sink);
      return;
    }
    this.#rest = undefined;
    const whole = Buffer.concat([rest, chunk.subarray(start, end)]);
    this.#emit(whole, 0, whole.length, sink);
  }

  #emit(bytes: Buffer, start: number, end: number, sink: LineSink): void {
    if (end - start > this.#limit) {
      this.overlong++;
      return;
    }
    const line = decodeLine(bytes, start, end);
    if (line !== "") sink.line(line);
  }

  #keep(part: Buffer): void {
    if (this.#skipping) return;
    const length = part.length + (this.#rest?.length ?? 0);
    if (length > this.#limit) {
      this.overlong++;
      this.#skipping = true;
      this.#rest = undefined;
      return;
    }
    this.#rest = this.#rest === undefined ? Buffer.from(part) : Buffer.concat([this.#rest, part]);
  }
}

/** The text of a line's bytes: UTF-8, else Latin-1; a CR at the end, and CR and NUL inside, left out. */
export function decodeLine(bytes: Buffer, start: number, end: number): string {
  const last = bytes[end - 1] === CR && end > start ? end - 1 : end;
  let line = bytes.toString("utf8", start, last);
  if (line.includes("\uFFFD") && !isUtf8(bytes.subarray(start, last))) {
    line = bytes.toString("latin1", start, last);
  }
  return line.includes("\r") || line.includes("\0") ? line.replace(FORBIDDEN, "") : line;
}

/**
 * One line to the server, without CR LF: no CR, LF or NUL, no argument but the last with a space or
 * a colon at its start, one target and not a list of them, at most 510 bytes (the last argument is cut,
 * at a character).
 * Throws TypeError where `name` is no command.
 */
export function formatLine(name: string, args: readonly string[]): string {
  if (!/^[A-Za-z]{1,20}$/.test(name)) throw new TypeError(`not an IRC command: ${name.slice(0, 40)}`);
  let line = name;
  const last = args.length - 1;
  const first = TEXTS.has(name) ? args[0] : args[0]?.replaceAll(",", "_");
  for (let i = 0; i < last; i++) line += ` ${cleanMiddle((i === 0 ? first : args[i]) ?? "")}`;
  if (last >= 0) line += cleanLast((last === 0 ? first : args[last]) ?? "");
  return cutBytes(line, LINE_BYTES - 2);
}

/** A line as irc-framework made it, with what must not be in it left out. */
export function cleanLine(line: string): string {
  return cutBytes(cleanText(line), LINE_BYTES - 2);
}

/** Text without CR, LF and NUL. */
export function cleanText(text: string): string {
  return text.includes("\n") || text.includes("\r") || text.includes("\0")
    ? text.replace(FORBIDDEN, "")
    : text;
}

/** Commands whose first argument is no target. */
const TEXTS: ReadonlySet<string> = new Set(["AWAY", "PING", "QUIT"]);

/** A space would make two arguments of one, and nothing would shift those that follow. */
function cleanMiddle(arg: string): string {
  const clean = cleanText(arg).replaceAll(" ", "_");
  if (clean === "") return "*";
  return clean.startsWith(":") ? `_${clean.slice(1)}` : clean;
}

function cleanLast(arg: string): string {
  const clean = cleanText(arg);
  return clean === "" || clean.startsWith(":") || clean.includes(" ") ? ` :${clean}` : ` ${clean}`;
}

/** The longest beginning of a text that has at most so many bytes in UTF-8, never ending inside a character. */
export function cutBytes(text: string, most: number): string {
  if (text.length * 3 <= most || Buffer.byteLength(text) <= most) return text;
  return text.slice(0, indexOfByte(text, 0, most));
}

/** The index behind the last character of `text` from `start` on that still fits into `room` bytes. */
export function indexOfByte(text: string, start: number, room: number): number {
  let bytes = 0;
  let index = start;
  while (index < text.length) {
    const code = text.codePointAt(index) ?? 0;
    bytes += code < 0x80 ? 1 : code < 0x800 ? 2 : code < 0x10000 ? 3 : 4;
    if (bytes > room) break;
    index += code < 0x10000 ? 1 : 2;
  }
  return index;
}
