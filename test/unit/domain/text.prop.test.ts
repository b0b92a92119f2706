import fc from "fast-check";
import { SaxesParser } from "saxes";
import { expect, test } from "vitest";
import { clip, legalXml, MAX_SENTENCE, oneLine, sentence, utf8Length } from "../../../src/domain/text.ts";

const seed = 1010;
const anyText = fc.string({ unit: "binary", maxLength: 40 });
/** Every UTF-16 unit, lone surrogates and controls among them. */
const anyUnits = fc
  .array(
    fc.oneof(
      fc.integer({ min: 0, max: 0xffff }),
      fc.constantFrom(0, 1, 9, 10, 13, 0xd800, 0xdc00, 0xfffe, 0xffff),
    ),
  )
  .map((units) => String.fromCharCode(...units));

test.each([
  ["plain", "plain"],
  ["tab\tline\nreturn\r", "tab\tline\nreturn\r"],
  ["a\u0000b\u0001c\u001f", "abc"],
  ["a\ufffeb\uffff", "a\ufffdb\ufffd"],
  ["lone \ud800 and \udc00", "lone \ufffd and \ufffd"],
  ["whole 😀\u{1fffe}", "whole 😀\u{1fffe}"],
  ["\u007f\u0085", "\u007f\u0085"],
])("%j becomes %j in XML", (text, legal) => {
  expect(legalXml(text)).toBe(legal);
});

test("whatever comes in is legal XML, and legal text stays", () => {
  fc.assert(
    fc.property(anyUnits, (text) => {
      const legal = legalXml(text);
      const parser = new SaxesParser();
      parser.on("error", (error) => {
        throw error;
      });
      parser
        .write(`<a>${legal.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;")}</a>`)
        .close();
      expect(legal.isWellFormed()).toBe(true);
      expect(legalXml(legal)).toBe(legal);
    }),
    { seed, numRuns: 1_000 },
  );
});

test("every forbidden code unit by itself", () => {
  for (let unit = 0; unit <= 0xffff; unit++) {
    const forbidden =
      (unit < 0x20 && ![9, 10, 13].includes(unit)) || (unit >= 0xd800 && unit <= 0xdfff) || unit >= 0xfffe;
    expect([unit, legalXml(String.fromCharCode(unit)) === String.fromCharCode(unit)]).toEqual([
      unit,
      !forbidden,
    ]);
  }
});

test("a clipped text fits, is whole characters, and is the text's beginning", () => {
  fc.assert(
    fc.property(anyText, fc.integer({ min: 0, max: 60 }), (text, most) => {
      const clipped = clip(text, most);
      expect(utf8Length(clipped)).toBeLessThanOrEqual(most);
      if (clipped === text) return;
      expect(utf8Length(text)).toBeGreaterThan(most);
      expect(clipped.isWellFormed()).toBe(true);
      if (clipped !== "") expect(text.startsWith(clipped.slice(0, -1))).toBe(true);
    }),
    { seed, numRuns: 2_000 },
  );
});

test("clipping uses the room there is", () => {
  expect(clip("abcdef", 6)).toBe("abcdef");
  expect(clip("abcdefg", 6)).toBe("abc…");
  expect(clip("ééééé", 9)).toBe("ééé…");
  expect(clip("😀😀😀", 8)).toBe("😀…");
  expect(clip("abcdef", 3, "")).toBe("abc");
  expect(clip("abcdef", 2)).toBe("");
});

test("one line has no line breaks, controls or edges, and is bounded", () => {
  expect(oneLine("  a\r\n\tb\u0000c\u0085 ")).toBe("a b c");
  fc.assert(
    fc.property(anyUnits, (text) => {
      expect(oneLine(text)).not.toMatch(/[\0-\x1f\x7f-\x9f]|^ | $/);
    }),
    { seed, numRuns: 1_000 },
  );
  expect(utf8Length(oneLine("long ".repeat(100_000)))).toBeLessThanOrEqual(MAX_SENTENCE);
});

test("a sentence says what happened and what to do", () => {
  expect(sentence("#chan cannot be joined", "the channel is invite-only (+i)")).toBe(
    "#chan cannot be joined; the channel is invite-only (+i).",
  );
  expect(sentence("alice is not here.", undefined, " ")).toBe("alice is not here.");
  expect(sentence("Is it there?")).toBe("Is it there?");
  expect(sentence("", undefined)).toBe("");
  expect(utf8Length(sentence("x".repeat(2_000), "y"))).toBeLessThanOrEqual(MAX_SENTENCE + 1);
});
