import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { fromIrc, toIrc } from "../../../adapters/irc/format.ts";

describe("IRC's formatting codes", () => {
  it.each([
    ["plain", "plain"],
    ["\x02bold\x02 word", "*bold* word"],
    ["\x1dslanted\x0f word", "_slanted_ word"],
    ["\x1egone\x1e", "~gone~"],
    ["\x11code\x11", "`code`"],
    ["\x02to the end", "*to the end*"],
    ["\x02\x1dboth\x1d\x02", "*_both_*"],
    ["\x02 spaced \x02", " spaced "],
    ["in\x02side\x02", "inside"],
    ["\x02a*b\x02", "a*b"],
    ["\x02\x02", ""],
    ["\x0304,12red\x03 and \x03plain", "red and plain"],
    ["\x03123", "3"],
    ["\x04ff0000,00ff00hex", "hex"],
    ["\x1funder\x1f\x16rev\x16", "underrev"],
    ["a\x00b\x07c\ufffed", "abcd"],
    ["tab\tstays", "tab\tstays"],
  ])("%j is %j", (irc, plain) => {
    expect(fromIrc(irc)).toBe(plain);
  });

  it("leaves nothing that XML forbids, and no letter out", () => {
    fc.assert(
      fc.property(
        fc.string({ unit: fc.constantFrom(..."ab *_\x02\x03\x04\x0f\x11\x1d\x1e\x1f\x00\uffff1,") }),
        (text) => {
          const plain = fromIrc(text);
          expect(plain).not.toMatch(/[\x00-\x08\x0b-\x1f\ufffe\uffff]/);
          expect(plain.replace(/[^ab ]/g, "")).toBe(text.replace(/[^ab ]/g, ""));
        },
      ),
      { seed: 20_261_121, numRuns: 2_000 },
    );
  });
});

describe("text for IRC", () => {
  it.each([
    ["a\r\nb\rc\nd", "a\nb\nc\nd"],
    ["\x01ACTION x\x01", "ACTION x"],
    ["a\x00\x03\tb", "a\tb"],
  ])("%j is %j", (text, irc) => {
    expect(toIrc(text)).toBe(irc);
  });
});
