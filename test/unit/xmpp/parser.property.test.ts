import fc from "fast-check";
import { SaxesParser, type SaxesTagNS } from "saxes";
import { expect, test } from "vitest";
import type { Element } from "../../../src/domain/element.ts";
import { essence, header, open, read } from "./reading.ts";

const runs = { seed: 20261121, numRuns: 3000 };

/** Bits of XML, good and bad, that make every kind of mistake when put together at random. */
const bit = fc.constantFrom(
  ..."<a>|</a>|<b x='1'>|</b>|<p:c xmlns:p='u'>|</p:c>|<a xmlns='v'>|<d/>|<d y=\"2\" z='&lt;'/>|<|>|/|'|\"|=| |\t|\n|\r|\r\n".split(
    "|",
  ),
  ..."&amp;|&#65;|&#x1F600;|&#0;|&x;|&|;|text|é|日本|😀|\ud83d|\ude00|\ufffe|\u0001|x='1'|xmlns='w'|xml:lang='en'".split(
    "|",
  ),
  ..."<![CDATA[|]]>|]]|<!--|-->|<?x?>|<!DOCTYPE a>|__proto__='1'|</stream:stream>".split("|"),
);
const stream = fc.array(bit, { maxLength: 24 }).map((bits) => bits.join(""));
/** Well-formed more often than not. */
const tree: fc.Arbitrary<string> = fc
  .letrec((again) => ({
    node: fc.oneof(
      { depthSize: "small", withCrossShrink: true },
      fc.constantFrom(
        "text",
        " ",
        "\r\n",
        "&amp;",
        "&#13;",
        "é😀",
        "<![CDATA[]]]]>",
        "<d/>",
        "<x:e xmlns:x='u'/>",
      ),
      fc
        .tuple(
          fc.constantFrom("a", "p:b", "stream:c"),
          attributes(),
          fc.array(again("node"), { maxLength: 4 }),
        )
        .map(([name, attrs, inner]) => `<${name}${attrs}>${inner.join("")}</${name} >`),
    ),
  }))
  .node.map((inner) => `<message xmlns:p='u'>${String(inner)}</message>`);

function attributes(): fc.Arbitrary<string> {
  return fc.constantFrom(
    "",
    " x='1'",
    " xmlns='v'",
    " xmlns=''",
    " xmlns:p='w' y=\"'\n&#10;\"",
    " xml:lang='en' p:z='1'",
  );
}

/** The same reading by another parser: elements, and whether all of it was well-formed. */
function reference(xml: string): { elements: Element[]; ok: boolean } {
  const saxes = new SaxesParser({ xmlns: true });
  const elements: Element[] = [];
  const stack: { node: Element; space: string }[] = [];
  let ok = true;
  saxes.on("error", () => {
    ok = false;
  });
  saxes.on("opentag", (tag: SaxesTagNS) => {
    const parent = stack.at(-1);
    const attrs: Record<string, string> = Object.create(null);
    for (const [name, { value }] of Object.entries(tag.attributes)) {
      if (name.startsWith("xml:") || (!name.includes(":") && name !== "xmlns")) attrs[name] = value;
    }
    if (tag.uri !== parent?.space) attrs.xmlns = tag.uri;
    const node: Element = { name: tag.local, attrs, children: [] };
    if (parent !== undefined && stack.length > 1) (parent.node.children as Element[]).push(node);
    stack.push({ node, space: stack.length === 0 ? "jabber:component:accept" : tag.uri });
  });
  saxes.on("closetag", () => {
    const node = stack.pop()?.node;
    if (stack.length === 1 && node !== undefined && ok) elements.push(node);
  });
  const addText = (text: string): void => {
    if (stack.length < 2) {
      if (text.trim() !== "") ok = false;
      return;
    }
    const children = stack.at(-1)?.node.children as (Element | string)[];
    const last = children.at(-1);
    if (typeof last === "string") children[children.length - 1] = last + text;
    else if (text !== "") children.push(text);
  };
  saxes.on("text", addText);
  saxes.on("cdata", addText);
  for (const refused of ["comment", "doctype", "processinginstruction"] as const) {
    saxes.on(refused, () => {
      ok = false;
    });
  }
  saxes.write(xml).close();
  return { elements, ok };
}

function plain(elements: readonly Element[]): unknown {
  return JSON.parse(JSON.stringify(elements));
}

test("well-formed stanzas are read as another parser reads them", () => {
  fc.assert(
    fc.property(tree, (xml) => {
      const theirs = reference(`${header}${xml}</stream:stream>`);
      const ours = read([xml]);
      expect(theirs.ok).toBe(true);
      expect(ours.failed).toEqual([]);
      expect(plain(ours.elements)).toEqual(plain(theirs.elements));
    }),
    runs,
  );
});

test("whatever comes, nothing is given that another parser would not give, and no XML refused that it takes", () => {
  fc.assert(
    fc.property(stream, (bits) => {
      // Known differences: `]]>` in text does no harm and is taken; the other does not see lone surrogates.
      fc.pre(bits.isWellFormed());
      fc.pre(!/\]\]>/.test(bits.replaceAll(/<!\[CDATA\[.*?\]\]>/gs, "")));
      // The stanzas at the end bring to light what is only known at the next tag.
      const ours = read([`${bits}<d/><d/></stream:stream>`]);
      const theirs = reference(`${header}${bits}<d/><d/></stream:stream>`);
      if (theirs.ok) expect(ours.failed).toEqual([]);
      const known = theirs.ok ? theirs.elements : theirs.elements.slice(0, ours.elements.length);
      expect(plain(ours.elements)).toEqual(plain(known));
    }),
    runs,
  );
});

test("however a stream is cut into reads, it is read the same", () => {
  const cuts = fc.array(fc.nat({ max: 400 }), { maxLength: 6 });
  fc.assert(
    fc.property(fc.oneof(stream, tree), fc.oneof(stream, tree), cuts, (first, second, at) => {
      const whole = `${header}${first}${second}`;
      const one = open({ maxStanza: 256, maxDepth: 4, maxAttributes: 3 });
      one.parser.write(whole);
      const ends = [...at.map((n) => Math.min(n, whole.length)), whole.length].sort((a, b) => a - b);
      const many = open({ maxStanza: 256, maxDepth: 4, maxAttributes: 3 });
      ends.forEach((end, i) => {
        many.parser.write(whole.slice(i === 0 ? 0 : ends[i - 1], end));
      });
      expect(essence(many.seen)).toEqual(essence(one.seen));
    }),
    runs,
  );
});

test("one character at a time is the same as all at once", () => {
  const sample =
    `<message from='a@b/c' xml:lang='en'><body>Grüße 日本語 😀 &amp;&#x1F600;\r\n</body><x:y xmlns:x='u'/></message>` +
    `<iq type='get'><![CDATA[]]]]></iq><big>${"z".repeat(5000)}</big></stream:stream>`;
  expect(essence(read([...Array(sample.length).keys()].map((i) => sample.charAt(i))))).toEqual(
    essence(read([sample])),
  );
});
