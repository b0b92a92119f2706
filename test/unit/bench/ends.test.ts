import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { StanzaScanner } from "../../../bench/ends/stanzas.ts";
import { sequenceAt, Tally, textOf } from "../../../bench/ends/tally.ts";

const STREAM = [
  "<?xml version='1.0'?>",
  "<stream:stream xmlns='jabber:component:accept' to='a'>",
  "<handshake>00ff</handshake>",
  "<presence from='a' to='b'/>",
  "<presence from='a' to='b'><x><status code='110'/></x></presence>",
  "<message from='a' to='b'/>",
  `<message from='a' to='b'><body>${textOf(7)}</body></message>`,
  "<iq type='get' id='1'><ping xmlns='urn:xmpp:ping'/></iq>",
  "<iq type='result' id='2'/>",
  "</stream:stream>",
];

function scan(chunks: readonly string[]): string[] {
  const scanner = new StanzaScanner();
  const seen: string[] = [];
  for (const chunk of chunks) scanner.push(chunk, (text, start, end) => seen.push(text.slice(start, end)));
  return seen;
}

describe("the load generator's stanza scanner", () => {
  it("finds every stanza of a stream however the reads cut it", () => {
    const whole = STREAM.join("");
    fc.assert(
      fc.property(fc.uniqueArray(fc.nat(whole.length), { maxLength: 20 }), (cuts) => {
        const at = [0, ...cuts.sort((a, b) => a - b), whole.length];
        const chunks = at.slice(1).map((end, index) => whole.slice(at[index], end));
        expect(scan(chunks)).toEqual(STREAM);
      }),
      { seed: 1, numRuns: 200 },
    );
  });

  it("passes over the white space between stanzas", () => {
    expect(scan(["  <iq id='1'/> \n", " <iq id='2'/>"])).toEqual(["<iq id='1'/>", "<iq id='2'/>"]);
  });
});

describe("the tally of numbered messages", () => {
  it("reads back the number that a text carries", () => {
    expect(sequenceAt(textOf(1234567), 0)).toBe(1234567);
    expect(sequenceAt("seq=12ab567890", 0)).toBe(-1);
  });

  it.each([
    ["all in order", [5, 6, 7], 0],
    ["one lost", [5, 7], 1],
    ["one twice", [5, 6, 6, 7], 1],
    ["two swapped", [6, 5, 7], 3],
    ["the first lost", [6, 7], 1],
  ])("sees %s", (_what, arrived, strays) => {
    const tally = new Tally(5);
    for (const sequence of arrived) tally.take(sequence);
    expect(tally.seen).toBe(arrived.length);
    expect(tally.strays).toBe(strays);
  });
});
