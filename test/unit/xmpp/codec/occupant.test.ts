import fc from "fast-check";
import { expect, it } from "vitest";
import { prepareResource } from "../../../../src/domain/prep.ts";
import { occupantName } from "../../../../src/xmpp/codec/occupant.ts";

it.each(["juliet", "Juliet|away", "[romeo]", "größe", "名前"])("%s is known by that name", (nick) => {
  expect(occupantName(nick)).toBe(nick);
});

it.each(["\uff4auliet", "jul\u00adiet", "\u2167"])(
  "%s, which a server takes for another name, has a mark",
  (nick) => {
    expect(occupantName(nick)).toMatch(/~[0-9a-f]{6}$/);
  },
);

it("no two nicks are one occupant, as a server compares them", () => {
  const letters = fc.constantFrom("j", "J", "\uff4a", "\u00ad", "\u017f", "s", "\u2167", "é", "e\u0301");
  const nick = fc.string({ unit: letters, minLength: 1, maxLength: 4 });
  fc.assert(
    fc.property(nick, nick, (one, other) => {
      const key = (name: string) => prepareResource(occupantName(name));
      expect(key(one) === key(other)).toBe(one === other);
    }),
    { seed: 20, numRuns: 2_000 },
  );
});
