import { charName, isName, scan, stops } from "./chars.ts";
import { maxReference, resolveReference } from "./entities.ts";
import { Intern } from "./intern.ts";

/**
 * The lower half of the parser: characters to tags, attributes and text. It reads each character
 * once, however the stream is cut into reads, and keeps nothing but the token that is not yet whole.
 * This is the hot path of the whole gateway, hence character codes and tables.
 */

const TEXT = 0;
const LESS = 1;
const NAME = 2;
const TAG = 3;
const ATTRIBUTE = 4;
const EQUALS = 5;
const QUOTE = 6;
const VALUE = 7;
const EMPTY = 8;
const CLOSE = 9;
const CLOSED = 10;
const BANG = 11;
const CDATA = 12;
const DECLARATION = 13;
const REFERENCE = 14;
const DEAD = 15;

const textStops = stops("<&", "\t\n");
const singleStops = stops("'<&");
const doubleStops = stops('"<&');
const cdataStops = stops("]>", "\t\n");
const nameStops = stops(" <>/='\"&!?");
const cdataStart = "[CDATA[";

/** Longest token kept of a stanza that is passed over: room for an address (RFC 7622 §3.1). */
const maxKept = 4096;

export abstract class Tokenizer {
  /** Of a stanza that is passed over no long token is kept. */
  protected discard = false;
  #state = TEXT;
  #data = "";
  /** A carriage return or half a character at the end of a read waits here for the next. */
  #held = "";
  /** The token read so far. */
  #part = "";
  /** The token was longer than is kept. */
  #cut = false;
  #attribute = "";
  #reference = "";
  #back = TEXT;
  #quote = 0;
  #spaced = false;
  #count = 0;

  /** A start tag's name. */
  protected abstract onOpen(name: string): void;
  /** An attribute of it; undefined where the value was too long to keep. */
  protected abstract onAttribute(name: string, value: string | undefined): void;
  /** The end of the start tag. */
  protected abstract onHead(empty: boolean, end: number): void;
  protected abstract onClose(name: string, end: number): void;
  protected abstract onText(text: string): void;
  /** Where in this read a tag begins. */
  protected abstract onLess(at: number): void;
  /** `<?xml …?>`, which may stand only before the stream's header. Returns whether it may stand here. */
  protected abstract onDeclaration(): boolean;
  /** The stream cannot be read any further. Called once. */
  protected abstract onFailure(why: string): void;

  /** Whether what was read so far ends inside a tag. */
  protected get inTag(): boolean {
    return this.#state !== TEXT;
  }

  /** Reads on. Returns what was read now, for counting. */
  protected read(chunk: string): string {
    let data = this.#held === "" ? chunk : this.#held + chunk;
    this.#held = "";
    const last = data.charCodeAt(data.length - 1);
    if (last === 13 || (last >= 0xd800 && last < 0xdc00)) {
      this.#held = data.slice(-1);
      data = data.slice(0, -1);
    }
    this.#data = data;
    let at = 0;
    while (at < data.length) at = this.#step(at);
    return data;
  }

  /** UTF-8 bytes of a part of the present read. */
  protected byteLength(from: number, to: number): number {
    return Buffer.byteLength(this.#data.slice(from, to));
  }

  /** Hands over text that has no end yet, so that endless white space between stanzas is not kept. */
  protected flushText(): void {
    if (this.#state !== TEXT || this.#part === "") return;
    this.#endText();
  }

  protected fail(why: string): void {
    if (this.#state === DEAD) return;
    this.#state = DEAD;
    this.#part = "";
    this.onFailure(why);
  }

  #step(at: number): number {
    switch (this.#state) {
      case TEXT:
        return this.#text(at);
      case LESS:
        return this.#less(at);
      case NAME:
        return this.#name(at);
      case TAG:
        return this.#tag(at);
      case ATTRIBUTE:
        return this.#attributeName(at);
      case VALUE:
        return this.#value(at);
      case CLOSE:
        return this.#closeName(at);
      case REFERENCE:
        return this.#readReference(at);
      case BANG:
        return this.#bang(at);
      case CDATA:
        return this.#cdata(at);
      case DECLARATION:
        return this.#declaration(at);
      case DEAD:
        return this.#data.length;
      default:
        return this.#mark(at);
    }
  }

  #text(at: number): number {
    const data = this.#data;
    const end = scan(data, at, textStops);
    if (end > at) this.#take(at, end);
    if (end === data.length) return end;
    const code = data.charCodeAt(end);
    if (code === 60) {
      this.#state = LESS;
      this.onLess(end);
    } else if (code === 38) this.#beginReference(TEXT);
    else if (code === 13) return this.#newline(end, "\n");
    else this.#illegal(end);
    return end + 1;
  }

  #less(at: number): number {
    const code = this.#data.charCodeAt(at);
    if (code === 33) {
      this.#state = BANG;
      this.#count = 0;
      return at + 1;
    }
    this.#endText();
    if (code === 47) {
      this.#next(CLOSE);
      return at + 1;
    }
    if (code === 63) {
      if (!this.onDeclaration()) this.fail("a processing instruction");
      else this.#next(DECLARATION);
      return at + 1;
    }
    this.#next(NAME);
    return at;
  }

  #name(at: number): number {
    const end = this.#readName(at);
    if (end === this.#data.length) return end;
    const name = this.#properName();
    this.#next(TAG);
    this.#spaced = false;
    if (name !== undefined) this.onOpen(name);
    return end;
  }

  #tag(at: number): number {
    const code = this.#data.charCodeAt(at);
    if (code === 62) {
      this.#next(TEXT);
      this.onHead(false, at + 1);
      return at + 1;
    }
    if (code === 47) {
      this.#state = EMPTY;
      return at + 1;
    }
    if (isSpace(code)) {
      this.#spaced = true;
      return at + 1;
    }
    if (this.#spaced) this.#next(ATTRIBUTE);
    else this.fail(`${charName(this.#data, at)} in a tag`);
    return at;
  }

  #attributeName(at: number): number {
    const end = this.#readName(at);
    if (end === this.#data.length) return end;
    this.#attribute = this.#properName() ?? "";
    this.#next(EQUALS);
    return end;
  }

  #value(at: number): number {
    const data = this.#data;
    const end = scan(data, at, this.#quote === 34 ? doubleStops : singleStops);
    if (end > at) this.#take(at, end);
    if (end === data.length) return end;
    const code = data.charCodeAt(end);
    if (code === this.#quote) {
      const value = this.#cut ? undefined : this.#part;
      this.#next(TAG);
      this.#spaced = false;
      this.onAttribute(this.#attribute, value);
    } else if (code === 38) this.#beginReference(VALUE);
    else if (isSpace(code)) return this.#newline(end, " ");
    else this.#illegal(end);
    return end + 1;
  }

  #closeName(at: number): number {
    const end = this.#readName(at);
    if (end < this.#data.length) this.#state = CLOSED;
    return end;
  }

  /** States that wait for one mark: `=`, a quote, or the `>` that ends a tag. */
  #mark(at: number): number {
    const code = this.#data.charCodeAt(at);
    if (isSpace(code) && this.#state !== EMPTY) return at + 1;
    if (this.#state === EQUALS && code === 61) this.#state = QUOTE;
    else if (this.#state === QUOTE && (code === 34 || code === 39)) {
      this.#quote = code;
      this.#next(VALUE);
    } else if (this.#state === EMPTY && code === 62) {
      this.#next(TEXT);
      this.onHead(true, at + 1);
    } else if (this.#state === CLOSED && code === 62) {
      const name = this.#part;
      this.#next(TEXT);
      this.onClose(name, at + 1);
    } else this.fail(`${charName(this.#data, at)} in a tag`);
    return at + 1;
  }

  #beginReference(back: number): void {
    this.#back = back;
    this.#reference = "";
    this.#state = REFERENCE;
  }

  #readReference(at: number): number {
    const data = this.#data;
    const most = Math.min(data.length, at + maxReference - this.#reference.length);
    let end = at;
    while (end < most && data.charCodeAt(end) !== 59) end++;
    this.#reference += data.slice(at, end);
    if (end === data.length && this.#reference.length < maxReference) return end;
    const resolved = end === most ? undefined : resolveReference(this.#reference);
    if (resolved === undefined) this.fail("an unknown or forbidden reference");
    else {
      this.#append(resolved);
      this.#state = this.#back;
    }
    return end + 1;
  }

  #bang(at: number): number {
    if (this.#data[at] !== cdataStart[this.#count]) {
      this.fail("a comment or a document type");
    } else if (++this.#count === cdataStart.length) {
      this.#state = CDATA;
      this.#count = 0;
    }
    return at + 1;
  }

  /** `#count` is the number of brackets just before. */
  #cdata(at: number): number {
    const data = this.#data;
    const end = scan(data, at, cdataStops);
    if (end > at) {
      this.#take(at, end);
      this.#count = 0;
    }
    if (end === data.length) return end;
    const code = data.charCodeAt(end);
    if (code === 93) this.#count++;
    else if (code === 62 && this.#count >= 2) {
      this.#part = this.#part.slice(0, -2);
      this.#state = TEXT;
      return end + 1;
    } else this.#count = 0;
    if (code === 13) return this.#newline(end, "\n");
    if (code < 32 || code > 127) this.#illegal(end);
    else this.#take(end, end + 1);
    return end + 1;
  }

  #declaration(at: number): number {
    const end = this.#data.indexOf(">", at);
    const to = end < 0 ? this.#data.length : end;
    this.#take(at, to);
    if (this.#part.length > 256) this.fail("an endless XML declaration");
    else if (end >= 0) {
      if (!/^xml\s[^<&]*\?$/.test(this.#part)) this.fail("a processing instruction");
      else this.#next(TEXT);
    }
    return to + 1;
  }

  #newline(at: number, as: string): number {
    this.#append(as);
    // XML 1.0 §2.11: a carriage return, with or without a line feed, is one line feed.
    const two = this.#data.charCodeAt(at) === 13 && this.#data.charCodeAt(at + 1) === 10;
    return two ? at + 2 : at + 1;
  }

  #readName(at: number): number {
    const end = scan(this.#data, at, nameStops);
    if (end > at) this.#take(at, end);
    return end;
  }

  #properName(): string | undefined {
    const name = properName(this.#part);
    if (name === undefined) this.fail("a tag or attribute without a proper name");
    return name;
  }

  #illegal(at: number): void {
    this.fail(`the forbidden character ${charName(this.#data, at)}`);
  }

  #endText(): void {
    const text = this.#part;
    this.#part = "";
    this.#cut = false;
    if (text !== "") this.onText(text);
  }

  #next(state: number): void {
    if (this.#state === DEAD) return;
    this.#state = state;
    this.#part = "";
    this.#cut = false;
  }

  #take(from: number, to: number): void {
    this.#append(this.#data.slice(from, to));
  }

  #append(piece: string): void {
    if (this.discard && this.#part.length + piece.length > maxKept) this.#cut = true;
    else this.#part = this.#part === "" ? piece : this.#part + piece;
  }
}

function isSpace(code: number): boolean {
  return code === 32 || code === 10 || code === 9 || code === 13;
}

/** Names seen before, so that a regular expression is not run for each `message`. */
const names = new Intern(1024, 32);

/** The name, or undefined where it is none. */
function properName(name: string): string | undefined {
  const known = names.find(name);
  if (known !== undefined) return known;
  return isName(name) ? names.add(name) : undefined;
}
