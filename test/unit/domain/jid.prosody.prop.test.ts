import fc from "fast-check";
import { expect, test } from "vitest";
import { parseJid } from "../../../src/domain/jid.ts";
import { prepareLocal, prepareResource } from "../../../src/domain/prep.ts";
import { prosodyJids, prosodyParts } from "./prosody.ts";

// One user is one key only where the gateway compares JIDs as the server does. The server here is
// Prosody 0.12 as Debian ships it: its own util.jid is asked.

/** Ours is Prosody's answer, or none where Prosody lets through what cannot be an address. */
function compare(texts: readonly string[]): void {
  const answers = prosodyJids(texts);
  for (const [index, text] of texts.entries()) {
    const theirs = answers[index];
    const ours = parseJid(text);
    const shown = JSON.stringify(text);
    if (ours !== undefined) {
      expect([shown, ours.local, ours.domain, ours.resource]).toEqual([
        shown,
        theirs?.local ?? "",
        theirs?.domain,
        theirs?.resource ?? "",
      ]);
    } else if (theirs !== undefined) {
      const impossible =
        theirs.local === "" ||
        theirs.resource === "" ||
        theirs.domain === "" ||
        theirs.domain.endsWith(".") ||
        !theirs.idna;
      expect([shown, impossible]).toEqual([shown, true]);
    }
  }
}

const corpus = [
  "romeo@example.org",
  "romeo@example.org/orchard",
  "ROMEO@Example.ORG/Orchard",
  "example.org/a@b/c",
  "Straße@straße.example",
  "ﬁsh@ﬁsh.example/ﬁsh",
  "ſ@ſ.example/ſ",
  "ＡＢ@ＡＢ.example/ＡＢ",
  "so\u00adft@so\u00adft.example/so\u00adft",
  "\u00ad@example.org",
  "a@\u00ad",
  "a@b/\u00ad",
  "ΣΑΣ@σας.example/ΣΑΣ",
  "İstanbul@İstanbul.example",
  "😀@😀.example/😀",
  "ȡẞ@ẞ.example/ẞ",
  "e\u0301@e\u0301.example/e\u0301",
  "א@example.org",
  "א1@example.org",
  "1א@example.org",
  "aא@example.org",
  "א-ב@example.org/אaב",
  "#chan%irc.example@irc.example.org/nick",
  "alice\\40example.net@mail.example.org",
  "+15551234567@sms.example.org",
  "a b@example.org",
  "a\u00a0b@example.org",
  "x@a b",
  "x@a\u00a0b",
  "x@b/c d",
  "x@b/\u0000",
  "x@b/\u2028",
  "x@b/\ue000",
  "x@b/\u200e",
  "x@b/\ufffd",
  "x@b/\u{e0001}",
  "x@b/\u{f0000}",
  "x@127.0.0.1",
  "x@[::1]/r",
  "x@[2001:DB8::1]",
  "x@[::ffff:127.0.0.1]",
  "x@example.org.",
  "x@example.org../r",
  "x@.",
  "x@..",
  "x@.a",
  "x@a..b",
  "x@a_b",
  "x@-a",
  "x@xn--strae-oqa.example",
  "x@XN--Strae-OQA.example",
  "x@a。b",
  "x@a．b",
  "@b",
  "a@",
  "a@/r",
  "/r",
  "a@b/",
  "a@@b",
  "a@b@c",
  "a",
  "",
  "@",
  "/",
  " a@b",
  "a@b ",
  '"a"@b',
  "a&b@c",
  "a'b@c",
  "a<b@c",
  "a>b@c",
  "a:b@c",
  "\u2100@c",
  "\ufe52@c",
  "x@\u2100",
];

test("the corpus has Prosody's answers", () => {
  compare(corpus);
});

test.each([1022, 1023, 1024])("parts of %i bytes have Prosody's answer", (size) => {
  const long = "a".repeat(size);
  const wide = `${"é".repeat(size >> 1)}${size % 2 === 1 ? "a" : ""}`;
  const label = `${"a".repeat(size - 2)}.b`;
  compare([
    `${long}@example.org`,
    `${wide}@example.org`,
    `x@${long}`,
    `x@${label}.`,
    `x@example.org/${long}`,
    `x@example.org/${wide}`,
    `${long}@${label}/${long}`,
  ]);
});

test("a part that grows in preparation has Prosody's answer", () => {
  compare(
    [30, 31, 32].flatMap((count) => [`x@b/${"\ufdfa".repeat(count)}`, `x@b/${"\u2a76".repeat(10 * count)}`]),
  );
});

test("every character of the planes that have any, as localpart and as resource", () => {
  const points = [...Array(0x20000).keys(), ...Array.from({ length: 0x1000 }, (_, index) => 0xe0000 + index)];
  const chars = points.filter((c) => c < 0xd800 || c > 0xdfff).map((c) => String.fromCodePoint(c));
  const answers = prosodyParts(chars);
  const wrong = chars.filter((char, index) => {
    const [local, , resource] = answers[index] ?? [];
    return prepareLocal(char) !== (local || undefined) || prepareResource(char) !== (resource || undefined);
  });
  expect(wrong.map((char) => char.codePointAt(0)?.toString(16))).toEqual([]);
});

test("the direction of every character", () => {
  const points = [...Array(0x20000).keys()].filter((c) => c >= 0x80 && (c < 0xd800 || c > 0xdfff));
  const texts = points.flatMap((c) => {
    const char = String.fromCodePoint(c);
    return [`א${char}א`, `a${char}`];
  });
  const answers = prosodyParts(texts);
  const wrong = texts.filter((text, index) => prepareResource(text) !== answers[index]?.[2]);
  expect(wrong.map((text) => [...text].map((c) => c.codePointAt(0)?.toString(16)).join(" "))).toEqual([]);
});

test("texts of all kinds", () => {
  const awkward = fc.constantFrom(
    ..."@/.: \\\"&'<>[]%#",
    "\u00ad",
    "\u200d",
    "ß",
    "ﬁ",
    "א",
    "ا",
    "é",
    "e\u0301",
    "😀",
    "ȡ",
  );
  const unit = fc.oneof(
    { weight: 3, arbitrary: fc.constantFrom(..."abzABZ09-_") },
    { weight: 2, arbitrary: awkward },
    { weight: 1, arbitrary: fc.string({ unit: "binary", minLength: 1, maxLength: 1 }) },
  );
  const piece = fc.array(unit, { maxLength: 6 }).map((units) => units.join(""));
  const whole = fc.oneof(
    piece,
    fc.tuple(piece, piece).map(([local, domain]) => `${local}@${domain}`),
    fc.tuple(piece, piece, piece).map(([local, domain, resource]) => `${local}@${domain}/${resource}`),
  );
  // A lone surrogate cannot be sent to Prosody: it has no UTF-8 form.
  const samples = fc.sample(whole, { seed: 4711, numRuns: 20_000 }).filter((text) => text.isWellFormed());
  compare(samples);
});
