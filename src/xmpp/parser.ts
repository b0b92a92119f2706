import type { Element } from "../domain/element.ts";
import { Intern } from "./intern.ts";
import { Tokenizer } from "./tokenizer.ts";

export interface ParserLimits {
  /** UTF-8 bytes of one stanza. */
  readonly maxStanza: number;
  /** Elements inside one another, the stanza itself being the first. */
  readonly maxDepth: number;
  /** Attributes of one element, namespace declarations among them. */
  readonly maxAttributes: number;
}

/** What the parser finds, in the order of the stream. None of these may throw. */
export interface ParserEvents {
  /** The stream's header: name with its prefix, all attributes as they stand. */
  opened(root: Element): void;
  /** All elements directly inside the stream that ended in one read. */
  elements(batch: readonly Element[]): void;
  /** One was over the limits and was passed over. `head`: its name and attributes. */
  oversized(head: Element, why: string): void;
  /** The stream's end tag. */
  closed(): void;
  /** It is not XML, or more than RFC 6120 §11.1 allows. Nothing more is read. */
  failed(why: string): void;
}

interface Node extends Element {
  readonly children: (Element | string)[];
}

/** Attributes without anything inherited: `__proto__` and `constructor` are names like others. */
class Attributes {
  [name: string]: string;
}
Object.setPrototypeOf(Attributes.prototype, null);
Reflect.deleteProperty(Attributes.prototype, "constructor");

/** An open element. Reused for all elements at one depth. */
interface Frame {
  node: Node;
  /** Its name as written, to compare the end tag with. */
  raw: string;
  /** Its own namespace, and the one its children have unless they say otherwise. */
  space: string;
  inherited: string;
  prefixes: Prefixes;
}
type Prefixes = ReadonlyMap<string, string> | undefined;

const nothing: Node = { name: "", attrs: {}, children: [] };
/** What an answer needs of a stanza that is passed over. */
const headAttributes = new Set(["from", "to", "id", "type", "xml:lang"]);
/** Read in pieces so large, so that a limit is noticed before much is built. */
const maxPiece = 65536;

/**
 * A streaming parser of XMPP's part of XML (RFC 6120 §11: no comments, document types, processing
 * instructions, no references but the five and numeric ones).
 *
 * Elements come as {@link Element}: names without prefix; `attrs.xmlns` is the element's own
 * namespace, where it differs from its parent's, and is absent otherwise (for a stanza: where it
 * differs from the stream's default, `jabber:component:accept`). A prefix that nothing declares
 * gives the namespace `unbound:PREFIX`: servers that are lax about it exist, and one user's stanza
 * must not end the stream of all. Of attributes with a prefix only `xml:` ones are kept.
 *
 * A stanza over the limits is passed over without being kept, and reported. Never throws.
 */
export class Parser extends Tokenizer {
  readonly #limits: ParserLimits;
  readonly #events: ParserEvents;
  readonly #frames: Frame[] = [];
  readonly #values = new Intern(4096, 256);
  #root: Frame | undefined;
  #ended = false;
  /** Open elements within the stream; 0 between stanzas. */
  #depth = 0;
  #batch: Element[] = [];
  #failure: string | undefined;
  /** Why the present stanza is passed over, and what is known of it. */
  #over: string | undefined;
  #head: Node = nothing;
  /** Where the present stanza begins in this read, and its bytes in earlier ones. */
  #start = 0;
  #bytes = 0;
  /** The start tag being read. */
  #name = "";
  #attrs: Record<string, string> = new Attributes();
  #count = 0;
  #space: string | undefined;
  #prefixes: Map<string, string> | undefined;

  constructor(limits: ParserLimits, events: ParserEvents) {
    super();
    this.#limits = limits;
    this.#events = events;
  }

  /** Reads on; all events of this read have been given when it returns. */
  write(chunk: string): void {
    if (this.#failure !== undefined) return;
    for (let at = 0; at < chunk.length; at += maxPiece) {
      this.#piece(chunk.length <= maxPiece ? chunk : chunk.slice(at, at + maxPiece));
    }
    this.#flush();
    if (this.#failure !== undefined) this.#events.failed(this.#failure);
  }

  #piece(chunk: string): void {
    this.#start = 0;
    const data = this.read(chunk);
    if (this.#depth === 0) this.flushText();
    if (this.#depth === 0 && !this.inTag) return;
    this.#bytes += Buffer.byteLength(this.#start === 0 ? data : data.slice(this.#start));
    this.#start = 0;
    if (this.#bytes > this.#limits.maxStanza) this.#tooLarge();
  }

  #flush(): void {
    if (this.#batch.length === 0) return;
    const batch = this.#batch;
    this.#batch = [];
    this.#events.elements(batch);
  }

  protected onFailure(why: string): void {
    this.#failure = why;
    this.#frames.length = 0;
  }

  protected onDeclaration(): boolean {
    return this.#root === undefined;
  }

  protected onLess(at: number): void {
    if (this.#depth > 0) return;
    if (this.#ended) this.fail("data after the end of the stream");
    this.#start = at;
    this.#bytes = 0;
  }

  protected onText(text: string): void {
    if (this.#over !== undefined) return;
    if (this.#depth > 0) this.#frame().node.children.push(text);
    else if (text.trim() !== "")
      this.fail(this.#ended ? "data after the end of the stream" : "text between stanzas");
  }

  protected onOpen(name: string): void {
    if (this.#over !== undefined && this.#head !== nothing) return;
    this.#name = name;
    this.#attrs = new Attributes();
    this.#count = 0;
    this.#space = undefined;
    this.#prefixes = undefined;
  }

  protected onAttribute(name: string, value: string | undefined): void {
    if (this.#over !== undefined) {
      if (this.#head === nothing) this.#keep(name, value);
      return;
    }
    if (++this.#count <= this.#limits.maxAttributes) this.#set(name, value ?? "");
    else if (this.#root === undefined) this.fail("the stream's header has too many attributes");
    else {
      this.#passOver(`more than ${this.#limits.maxAttributes} attributes in one element`);
      if (this.#head === nothing) this.#keep(name, value);
    }
  }

  #set(name: string, value: string): void {
    if (name === "xmlns") {
      if (this.#space !== undefined) this.fail("an attribute given twice");
      this.#space = this.#values.get(value);
    } else if (name.includes(":") && !name.startsWith("xml:") && this.#root !== undefined) {
      if (name.startsWith("xmlns:")) this.#declare(name.slice(6), value);
    } else if (this.#attrs[name] !== undefined) this.fail("an attribute given twice");
    else this.#attrs[name] = name === "from" || name === "to" ? this.#values.get(value) : value;
  }

  #declare(prefix: string, space: string): void {
    this.#prefixes ??= new Map(this.#parent()?.prefixes);
    this.#prefixes.set(prefix, this.#values.get(space));
  }

  /** An attribute in the head of a stanza that is passed over already. */
  #keep(name: string, value: string | undefined): void {
    if (value !== undefined && headAttributes.has(name)) this.#attrs[name] ??= value;
  }

  protected onHead(empty: boolean, end: number): void {
    if (this.#root === undefined) this.#open(empty);
    else if (this.#over !== undefined) this.#passHead(empty);
    else if (this.#depth >= this.#limits.maxDepth) {
      this.#passOver(`more than ${this.#limits.maxDepth} elements inside one another`);
      this.#passHead(empty);
    } else {
      this.#push();
      if (empty) this.#pop(end);
    }
  }

  #open(empty: boolean): void {
    const declared = new Map<string, string>();
    for (const name in this.#attrs) {
      if (name.startsWith("xmlns:")) declared.set(name.slice(6), this.#attrs[name] ?? "");
    }
    const space = this.#space ?? "";
    const node: Node = { name: this.#name, attrs: { xmlns: space, ...this.#attrs }, children: [] };
    this.#root = { node, raw: this.#name, space, inherited: space, prefixes: declared };
    this.#bytes = 0;
    this.#events.opened(node);
    if (empty) this.#end();
  }

  #push(): void {
    const parent = this.#parent();
    if (parent === undefined) return;
    const inherited = this.#space ?? parent.inherited;
    const prefixes: Prefixes = this.#prefixes ?? parent.prefixes;
    const colon = this.#name.indexOf(":");
    const space = colon < 0 ? inherited : bound(this.#name.slice(0, colon), prefixes);
    const name = colon < 0 ? this.#name : this.#name.slice(colon + 1);
    if (space !== (this.#depth === 0 ? parent.inherited : parent.space)) this.#attrs.xmlns = space;
    const node: Node = { name, attrs: this.#attrs, children: [] };
    if (this.#depth > 0) parent.node.children.push(node);
    this.#fill(node, space, inherited, prefixes);
  }

  #fill(node: Node, space: string, inherited: string, prefixes: Prefixes): void {
    const frame = this.#frames[this.#depth++];
    if (frame === undefined) this.#frames.push({ node, raw: this.#name, space, inherited, prefixes });
    else {
      frame.node = node;
      frame.raw = this.#name;
      frame.space = space;
      frame.inherited = inherited;
      frame.prefixes = prefixes;
    }
  }

  protected onClose(name: string, end: number): void {
    if (this.#over !== undefined && this.#depth > 0) {
      this.#depth--;
      if (this.#depth === 0) this.#passed();
    } else if (this.#depth > 0) {
      if (this.#frame().raw !== name) this.fail("an end tag that does not match");
      else this.#pop(end);
    } else if (this.#root === undefined || name !== this.#root.raw)
      this.fail("an end tag that does not match");
    else this.#end();
  }

  /** An element ended at `end` of this read. */
  #pop(end: number): void {
    const { node } = this.#frame();
    this.#frame().node = nothing;
    if (--this.#depth > 0) return;
    const { maxStanza } = this.#limits;
    // No UTF-16 unit takes more than three bytes, so that most stanzas need no counting.
    const most = this.#bytes + (end - this.#start) * 3;
    if (most > maxStanza && this.#bytes + this.byteLength(this.#start, end) > maxStanza) {
      this.#head = { name: node.name, attrs: node.attrs, children: [] };
      this.#over = this.#largest();
      this.#passed();
    } else this.#batch.push(node);
  }

  #end(): void {
    this.#ended = true;
    this.#flush();
    this.#events.closed();
  }

  #tooLarge(): void {
    if (this.#root === undefined) this.fail("the stream's header is too long");
    else if (this.#ended) this.fail("data after the end of the stream");
    else if (this.#over === undefined) this.#passOver(this.#largest());
  }

  #largest(): string {
    return `more than ${this.#limits.maxStanza} bytes`;
  }

  #passOver(why: string): void {
    this.#over = why;
    this.discard = true;
    if (this.#depth === 0) return;
    const first = this.#frames[0]?.node ?? nothing;
    this.#head = { name: first.name, attrs: first.attrs, children: [] };
    for (const frame of this.#frames) frame.node = nothing;
  }

  #passHead(empty: boolean): void {
    if (this.#head === nothing) {
      const colon = this.#name.indexOf(":");
      this.#head = { name: this.#name.slice(colon + 1), attrs: this.#attrs, children: [] };
    }
    if (!empty) this.#depth++;
    else if (this.#depth === 0) this.#passed();
  }

  /** The stanza that was passed over has ended. */
  #passed(): void {
    const head = this.#head;
    const why = this.#over ?? "";
    this.#over = undefined;
    this.#head = nothing;
    this.discard = false;
    this.#flush();
    this.#events.oversized(head, why);
  }

  #frame(): Frame {
    const frame = this.#frames[this.#depth - 1];
    if (frame === undefined) throw new Error("no element is open");
    return frame;
  }

  #parent(): Frame | undefined {
    return this.#depth === 0 ? this.#root : this.#frames[this.#depth - 1];
  }
}

function bound(prefix: string, prefixes: Prefixes): string {
  if (prefix === "xml") return "http://www.w3.org/XML/1998/namespace";
  return prefixes?.get(prefix) ?? `unbound:${prefix}`;
}
