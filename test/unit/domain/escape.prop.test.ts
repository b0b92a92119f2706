import fc from "fast-check";
import { expect, test } from "vitest";
import { escapeLocal, unescapeLocal } from "../../../src/domain/escape.ts";
import { prepareLocal } from "../../../src/domain/prep.ts";

const seed = 106;

test.each([
  // XEP-0106 §5.1
  ["space cadet", "space\\20cadet"],
  ['call me "ishmael"', "call\\20me\\20\\22ishmael\\22"],
  ["at&t guy", "at\\26t\\20guy"],
  ["d'artagnan", "d\\27artagnan"],
  ["/.fanboy", "\\2f.fanboy"],
  ["::foo::", "\\3a\\3afoo\\3a\\3a"],
  ["<foo>", "\\3cfoo\\3e"],
  ["user@host", "user\\40host"],
  ["c:\\net", "c\\3a\\net"],
  ["c:\\\\net", "c\\3a\\\\net"],
  ["c:\\cool stuff", "c\\3a\\cool\\20stuff"],
  ["c:\\5commas", "c\\3a\\5c5commas"],
  ["\\20", "\\5c20"],
  ["\\2F", "\\5c2F"],
])("%s is %s", (text, local) => {
  expect(escapeLocal(text)).toBe(local);
  expect(unescapeLocal(local)).toBe(text);
});

test("a space at an end has no localpart, and \\20 there is no escape", () => {
  expect(escapeLocal(" a")).toBeUndefined();
  expect(escapeLocal("a ")).toBeUndefined();
  expect(unescapeLocal("\\20a\\20b\\20")).toBe("\\20a b\\20");
});

const awkward = fc.string({
  unit: fc.constantFrom(..." \"&'/:<>@\\0123457abcefABCEF", "é", "😀", "#", "%"),
  maxLength: 12,
});

test("what is escaped is unescaped to the same, and is a localpart", () => {
  fc.assert(
    fc.property(awkward, (text) => {
      const local = escapeLocal(text);
      if (local === undefined) return;
      expect(unescapeLocal(local)).toBe(text);
      expect(local).not.toMatch(/^\\20|\\20$|[ "&'/:<>@]/);
      if (text !== "") expect(prepareLocal(local)).toBeDefined();
    }),
    { seed, numRuns: 2_000 },
  );
});

test("folded by a server, it unescapes to the folded text", () => {
  fc.assert(
    fc.property(awkward, (text) => {
      const local = escapeLocal(text);
      if (local === undefined || text === "") return;
      expect(unescapeLocal(prepareLocal(local) ?? "")).toBe(text.toLowerCase());
    }),
    { seed, numRuns: 2_000 },
  );
});

test("two texts never share a localpart", () => {
  fc.assert(
    fc.property(awkward, awkward, (one, other) => {
      const local = escapeLocal(one);
      if (local !== undefined && one !== other) expect(escapeLocal(other)).not.toBe(local);
    }),
    { seed, numRuns: 2_000 },
  );
});
