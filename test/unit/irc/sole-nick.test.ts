import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { soleNick } from "../../../adapters/irc/sole-nick.ts";
import type { Outbound } from "../../../src/domain/events.ts";
import { ROOM, Stage } from "./fake.ts";

const FROM = "romeo@example.org/a";
const MANY = ["a,b", "juliet,#elsewhere", "$*", "$*.net", "#elsewhere", "&here", "+#verona", "@#verona"];
const OTHERS = ["a b", "*", "ju?iet", "juliet!u@h", "x@irc.example.net", "u%h", ":x", "1234", "", "a\nb"];

describe("one nick", () => {
  it("is what a server can give to one person", () => {
    for (const nick of ["juliet", "[x]\\`_^{|}", "a-1", "3com", "ann/discord", "Jürgen", "a#1"]) {
      expect(soleNick(nick)).toBe(nick);
    }
  });

  it("is never a list, a channel, a mask or a server", () => {
    for (const nick of [...MANY, ...OTHERS]) expect(() => soleNick(nick)).toThrow("There is no such nick.");
    const part = fc.constantFrom(",", " ", "*", "?", "!", "@", ":", "\r", "\n", "\0");
    fc.assert(
      fc.property(fc.string(), part, fc.string(), (before, bad, after) => {
        expect(() => soleNick(before + bad + after)).toThrow("There is no such nick.");
      }),
      { seed: 3, numRuns: 200 },
    );
  });
});

describe("whatever stands in the resource of a JID", () => {
  it("makes no command reach more than one person", async () => {
    const stage = new Stage();
    await stage.enter("juliet");
    stage.irc.written.length = 0;
    const base = { from: FROM, conversation: ROOM } as const;
    for (const nick of [...MANY, ...OTHERS]) {
      const all: Outbound[] = [
        { ...base, kind: "message", nick, text: "x", manner: "plain" },
        { ...base, kind: "kick", nick },
        { ...base, kind: "role", nick, role: "moderator" },
        { ...base, kind: "affiliation", nick, affiliation: "outcast" },
        { ...base, kind: "invite", nick },
      ];
      for (const body of all) {
        const [outcome] = await stage.does(body);
        expect(outcome).toMatchObject({ condition: "item-not-found", final: true });
      }
      await expect(stage.session.contactInfo(ROOM, nick)).rejects.toThrow("There is no such nick.");
    }
    expect(stage.irc.written).toEqual([]);
  });
});
