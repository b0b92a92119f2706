import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { type Element, el } from "../../../src/domain/element.ts";
import { passOut } from "../../../src/xmpp/chokepoint.ts";
import { serialize } from "../../../src/xmpp/serialize.ts";
import { read } from "./reading.ts";

const domain = "irc.example.org";
const from = `#chan%irc.example.net@${domain}/nick`;
const to = "juliet@example.org/balcony";
const good = el("message", { from, to }, el("body", {}, "hello"));
const out = (...batch: Element[]) => passOut(batch, domain, 1000);
const reasonOf = (stanza: Element) => out(stanza).refused[0]?.reason;
const withAttrs = (attrs: Record<string, string>) => el("message", { from, to, ...attrs });

describe("what goes out", () => {
  test("several stanzas are one string, in order", () => {
    const { xml, refused } = out(good, el("presence", { from, to: "juliet@example.org" }));
    expect(xml).toBe(
      `<message from='${from}' to='${to}'><body>hello</body></message><presence from='${from}' to='juliet@example.org'/>`,
    );
    expect(refused).toEqual([]);
  });

  test("what has a meaning in XML, or would be read as something else, is written as a reference", () => {
    const text = `<&>'"\r\n\t`;
    expect(serialize(el("a", { b: text }, text))).toBe(
      `<a b='&lt;&amp;&gt;&apos;&quot;&#xD;&#xA;&#x9;'>&lt;&amp;&gt;'"&#xD;\n\t</a>`,
    );
  });

  test("namespaces of children are written, the stanza's own is the stream's", () => {
    expect(serialize(el("iq", { xmlns: "jabber:client" }, el("q", { xmlns: "x" })))).toBe(
      "<iq><q xmlns='x'/></iq>",
    );
  });

  test("what went out is what comes in", () => {
    const name = fc.constantFrom("a", "body", "x-y", "constructor", "__proto__", "é");
    const text = fc
      .string({ unit: "grapheme", minLength: 1 })
      .filter((value) => !/[\0-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]/.test(value));
    const attrs = fc.dictionary(fc.constantFrom("id", "a", "xml:lang", "toString"), text, { maxKeys: 3 });
    const { tree } = fc.letrec<{ tree: Element }>((again) => ({
      tree: fc.record({
        name,
        attrs,
        children: fc.oneof(
          text.map((one) => [one]),
          fc.array(again("tree"), { maxLength: 3 }),
        ),
      }),
    }));
    fc.assert(
      fc.property(tree, (element) => {
        const seen = read([serialize(element)], { maxDepth: 100, maxStanza: 100_000 });
        expect(seen.failed).toEqual([]);
        expect(JSON.parse(JSON.stringify(seen.elements))).toEqual(JSON.parse(JSON.stringify([element])));
      }),
      { seed: 20261121, numRuns: 1000 },
    );
  });
});

describe("what a server would close the stream for is refused, alone", () => {
  test("the others of the batch go out", () => {
    const { xml, refused } = out(good, withAttrs({ from: "a@example.org" }), good);
    expect(xml.match(/<message/g)).toHaveLength(2);
    expect(refused).toMatchObject([{ index: 1, reason: "foreign-from" }]);
  });

  test.each([
    ["example.org"],
    ["a@example.org"],
    [`${domain}@example.org`],
    [`a@example.org/x@${domain}`],
    [`x${domain}`],
    [`a@sub.${domain}`],
    [`a@${domain}.org`],
    // The server compares it as it is written.
    [`a@${domain.toUpperCase()}`],
  ])("from %s", (address) => {
    expect(reasonOf(withAttrs({ from: address }))).toBe("foreign-from");
  });

  test.each([[domain], [`${domain}/r`], [`a@${domain}`], [`A@${domain}/r@x/y`]])("from %s may", (address) => {
    expect(reasonOf(withAttrs({ from: address }))).toBeUndefined();
  });

  test.each([
    [""],
    ["@"],
    [`a@`],
    [`@${domain}`],
    [`a@${domain}/`],
    [`a b@${domain}`],
    [`a"b@${domain}`],
    [`${"a".repeat(1024)}@${domain}`],
    [`${"é".repeat(512)}@${domain}`],
    [`a@${domain}/${"r".repeat(1024)}`],
  ])("a malformed address: %j", (address) => {
    expect(reasonOf(withAttrs({ from: address }))).toBe("malformed-address");
    expect(reasonOf(withAttrs({ to: address }))).toBe("malformed-address");
  });

  test("an address of 1023 bytes a part may", () => {
    const long = `${"a".repeat(1023)}@${domain}/${"r".repeat(1023)}`;
    expect(passOut([withAttrs({ from: long, to: long })], domain, 10_000).refused).toEqual([]);
  });

  test("no from, no to", () => {
    expect(reasonOf(el("message", { to }))).toBe("malformed-address");
    expect(reasonOf(el("message", { from }))).toBe("malformed-address");
  });

  test("each code point is sent exactly where XML has it", () => {
    const legal = /^[\t\n\r\x20-\ud7ff\ue000-\ufffd\u{10000}-\u{10ffff}]$/u;
    for (let code = 0; code <= 0x10ffff; code += code < 0x11000 ? 1 : 0xff) {
      const char = String.fromCodePoint(code);
      const sent = out(el("message", { from, to }, char)).refused.length === 0;
      const inAttribute = out(withAttrs({ id: char })).refused.length === 0;
      if (sent !== legal.test(char) || inAttribute !== sent) expect.fail(`U+${code.toString(16)}: ${sent}`);
    }
  });

  test("half a character at either end", () => {
    expect(reasonOf(withAttrs({ id: "a\ud83d" }))).toBe("illegal-character");
    expect(reasonOf(el("message", { from, to }, "\ude00a"))).toBe("illegal-character");
    expect(reasonOf(el("message", { from, to }, "\ud83d\ud83d\ude00"))).toBe("illegal-character");
  });

  test("names that are none, prefixes that nothing declares, endless depth", () => {
    expect(reasonOf(el("message", { from, to, "a b": "1" }))).toBe("illegal-character");
    expect(reasonOf(el("message", { from, to, "a:b": "1" }))).toBe("illegal-character");
    expect(reasonOf(el("message", { from, to }, el("a/><b")))).toBe("illegal-character");
    let deep = el("a");
    for (let i = 0; i < 10_000; i++) deep = el("a", {}, deep);
    expect(reasonOf(el("message", { from, to }, deep))).toBe("illegal-character");
  });

  test("the size is counted in bytes as they go out", () => {
    const size = serialize(el("message", { from, to }, "")).length;
    const room = 1000 - size - "></message>".length + "/>".length;
    const first = (text: string) => reasonOf(el("message", { from, to }, text));
    expect(first("x".repeat(1000 - serialize(el("message", { from, to }, "x")).length + 1))).toBeUndefined();
    expect(first("x".repeat(room + 20))).toBe("too-large");
    expect(first("é".repeat(room / 2 + 10))).toBe("too-large");
    expect(first("&".repeat(room / 5 + 5))).toBe("too-large");
  });

  test("what is no stanza", () => {
    expect(reasonOf(el("handshake", { from, to }))).toBe("not-a-stanza");
  });

  test("every refusal is one line fit for people", () => {
    const bad = [withAttrs({ to: `${"\n".repeat(500)}\ud800` }), withAttrs({ id: "\u0001" }), el("huh")];
    for (const { text } of out(...bad).refused) expect(text).toMatch(/^.{10,200}$/s);
  });
});
