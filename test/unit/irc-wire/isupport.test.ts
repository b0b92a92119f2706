import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { DEFAULT_ISUPPORT, foldName, isChannelName, withTokens } from "../../../adapters/irc/isupport.ts";

describe("ISUPPORT", () => {
  test("is read into what irc-framework works with", () => {
    const options = withTokens(DEFAULT_ISUPPORT, [
      "PREFIX=(ov)@+",
      "CHANTYPES=#&",
      "CHANMODES=b,k,l,imnpst",
      "CASEMAPPING=ascii",
      "STATUSMSG=@+",
      "NICKLEN=30",
      "WHOX",
      "NETWORK=A\\x20B",
    ]);
    expect(options).toMatchObject({
      PREFIX: [
        { symbol: "@", mode: "o" },
        { symbol: "+", mode: "v" },
      ],
      CHANTYPES: ["#", "&"],
      CHANMODES: ["b", "k", "l", "imnpst"],
      STATUSMSG: ["@", "+"],
      NICKLEN: "30",
      WHOX: true,
      NETWORK: "A B",
    });
  });

  test("a token that needs a value and has none changes nothing", () => {
    const tokens = [
      "CHANMODES",
      "CHANTYPES",
      "PREFIX",
      "STATUSMSG",
      "CASEMAPPING",
      "CLIENTTAGDENY",
      "PREFIX=(ov)@",
    ];
    expect(withTokens(DEFAULT_ISUPPORT, tokens)).toEqual(DEFAULT_ISUPPORT);
  });

  test("a token can be taken back", () => {
    const options = withTokens(DEFAULT_ISUPPORT, ["NICKLEN=5", "CASEMAPPING=ascii"]);
    expect(withTokens(options, ["-NICKLEN", "-CASEMAPPING"])).toEqual(DEFAULT_ISUPPORT);
  });

  test("the same answer to two connections is one object", () => {
    const tokens = ["NICKLEN=9", "CHANTYPES=#"];
    expect(withTokens(DEFAULT_ISUPPORT, tokens)).toBe(withTokens(DEFAULT_ISUPPORT, [...tokens]));
  });

  test("a server without end of tokens fills nothing", () => {
    let options = DEFAULT_ISUPPORT;
    for (let i = 0; i < 1500; i++) options = withTokens(options, [`T${i}=x`]);
    expect(Object.keys(options).length).toBeLessThanOrEqual(200);
  });

  test("no token makes it throw or breaks a list that others go through", () => {
    const token = fc.tuple(
      fc.constantFrom(
        "PREFIX",
        "CHANMODES",
        "CHANTYPES",
        "STATUSMSG",
        "__PROTO__",
        "-PREFIX",
        "constructor",
        "X",
      ),
      fc.oneof(
        fc.constant(""),
        fc.string({ maxLength: 8 }).map((value) => `=${value}`),
      ),
    );
    fc.assert(
      fc.property(fc.array(token, { maxLength: 6 }), (tokens) => {
        const options = withTokens(
          DEFAULT_ISUPPORT,
          tokens.map(([name, value]) => name + value),
        );
        expect(Array.isArray(options.PREFIX)).toBe(true);
        for (const name of ["CHANMODES", "CHANTYPES", "STATUSMSG"]) {
          expect(options[name] === undefined || Array.isArray(options[name])).toBe(true);
        }
      }),
      { seed: 5, numRuns: 300 },
    );
  });
});

describe("names are compared as the server compares them", () => {
  const by = (mapping: string) => withTokens(DEFAULT_ISUPPORT, [`CASEMAPPING=${mapping}`]);

  test.each([
    ["rfc1459", "Nick[A]\\^É", "nick{a}|~É"],
    ["strict-rfc1459", "Nick[A]\\^", "nick{a}|^"],
    ["ascii", "Nick[A]\\^", "nick[a]\\^"],
    ["rfc7613", "Nick[A]", "nick[a]"],
  ])("%s", (mapping, name, folded) => {
    expect(foldName(by(mapping), name)).toBe(folded);
  });

  test("before the server says so: rfc1459", () => {
    expect(foldName(DEFAULT_ISUPPORT, "[A]")).toBe("{a}");
  });
});

test("channels are what CHANTYPES says, # and & before it does", () => {
  expect([isChannelName(DEFAULT_ISUPPORT, "#a"), isChannelName(DEFAULT_ISUPPORT, "&a")]).toEqual([
    true,
    true,
  ]);
  expect([isChannelName(DEFAULT_ISUPPORT, "a"), isChannelName(DEFAULT_ISUPPORT, "")]).toEqual([false, false]);
  const own = withTokens(DEFAULT_ISUPPORT, ["CHANTYPES=+"]);
  expect([isChannelName(own, "+a"), isChannelName(own, "#a")]).toEqual([true, false]);
});
