import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { splitMessage, splitText } from "../../../adapters/irc/split.ts";

test("a body's lines, without the blank ones", () => {
  expect(splitMessage("a\r\nb\n\n \nc\rd")).toEqual(["a", "b", "c", "d"]);
  expect(splitMessage(" \n")).toEqual([]);
});

describe("a long text is cut into pieces", () => {
  test("what fits stays whole", () => {
    expect(splitText("hello", 400)).toEqual(["hello"]);
    expect(splitText("é".repeat(5), 10)).toEqual(["é".repeat(5)]);
  });

  test("at a space near the end, which goes", () => {
    expect(splitText("one two three", 9)).toEqual(["one two", "three"]);
    expect(splitText("one two three", 7)).toEqual(["one two", "three"]);
  });

  test("between characters where there is no space", () => {
    expect(splitText("日本語日本語", 10)).toEqual(["日本語", "日本語"]);
  });

  test("never inside a grapheme that fits", () => {
    const family = "👩‍👩‍👧";
    expect(splitText(family.repeat(3), 30)).toEqual([family, family, family]);
    const combined = "e\u0301";
    for (const piece of splitText(combined.repeat(20), 10)) expect(piece.startsWith("e")).toBe(true);
  });

  test("inside one grapheme only where it is longer than the room", () => {
    const tower = `a${"\u0301".repeat(40)}`;
    expect(splitText(tower, 20).join("")).toBe(tower);
  });

  test("never inside a colour code", () => {
    const text = `${"x".repeat(17)}\x0304,12red`;
    expect(splitText(text, 20)).toEqual(["x".repeat(17), "\x0304,12red"]);
    expect(splitText(`${"x".repeat(17)}\x04ff0000,00ff00y`, 20)).toEqual([
      "x".repeat(17),
      "\x04ff0000,00ff00y",
    ]);
  });

  test("every piece fits, is whole characters, and nothing but spaces at the cuts is lost", () => {
    const unit = fc.oneof(
      fc.constantFrom(" ", " ", "a", "é", "日", "😀", "👩‍👩‍👧", "\x0304,12", "\x04ff0000", "\x02"),
      fc.string({ unit: "grapheme", minLength: 1, maxLength: 1 }),
    );
    const texts = fc.array(unit, { minLength: 1, maxLength: 400 }).map((parts) => parts.join(""));
    fc.assert(
      fc.property(texts, fc.integer({ min: 4, max: 120 }), (text, room) => {
        const pieces = splitText(text, room);
        let at = 0;
        for (const piece of pieces) {
          expect(Buffer.byteLength(piece)).toBeLessThanOrEqual(room);
          expect(piece.isWellFormed()).toBe(true);
          expect(piece).not.toBe("");
          if (!text.startsWith(piece, at)) at++;
          expect(text.startsWith(piece, at)).toBe(true);
          expect(at === 0 || text[at - 1] === " " || pieces.join("").length > 0).toBe(true);
          at += piece.length;
        }
        expect(text.slice(at)).toMatch(/^ ?$/);
        expect(pieces.join("").replaceAll(" ", "")).toBe(text.replaceAll(" ", ""));
      }),
      { seed: 4, numRuns: 300 },
    );
  });
});
