import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { parsePing, parseTextLine } from "../../../adapters/irc/text-line.ts";

describe("the hot path takes PRIVMSG and NOTICE", () => {
  test("from a user", () => {
    expect(parseTextLine(":alice!al@host.example PRIVMSG #chan :hello  there :)")).toEqual({
      command: "PRIVMSG",
      from: "alice",
      mask: "al@host.example",
      target: "#chan",
      text: "hello  there :)",
      at: undefined,
      msgid: undefined,
    });
  });

  test("from a server, and without a prefix", () => {
    expect(parseTextLine(":irc.example NOTICE * :*** Looking up")).toMatchObject({
      command: "NOTICE",
      from: "irc.example",
      mask: "",
      target: "*",
    });
    expect(parseTextLine("NOTICE AUTH :hi")).toMatchObject({
      from: "",
      mask: "",
      target: "AUTH",
      text: "hi",
    });
  });

  test("with time and msgid among other tags", () => {
    const line = "@account=x;msgid=a\\:b;+draft/time=2000;time=2026-11-21T08:13:45.500Z :a!b@c PRIVMSG me :x";
    expect(parseTextLine(line)).toMatchObject({
      from: "a",
      at: Date.UTC(2026, 10, 21, 8, 13, 45, 500),
      msgid: "a;b",
    });
  });

  test("a time that is none is no time", () => {
    const parsed = parseTextLine("@time=yesterday;msgid= :a!b@c PRIVMSG me :x");
    expect(parsed).toMatchObject({ at: undefined, msgid: undefined });
  });

  test("a text of one word needs no colon, an empty one none either", () => {
    expect(parseTextLine(":a!b@c PRIVMSG me x")?.text).toBe("x");
    expect(parseTextLine(":a!b@c PRIVMSG me :")?.text).toBe("");
    expect(parseTextLine(":a!b@c PRIVMSG me x y")?.text).toBe("x");
  });

  test("CTCP stays in the text", () => {
    expect(parseTextLine(":a!b@c PRIVMSG #x :\x01ACTION waves\x01")?.text).toBe("\x01ACTION waves\x01");
  });

  test.each([
    "",
    ":",
    "@",
    "@a=b",
    ":a!b@c",
    ":a!b@c PRIVMSG",
    ":a!b@c PRIVMSG ",
    ":a!b@c PRIVMSG me",
    ":a!b@c PRIVMSG me ",
    ":a!b@c PRIVMSGS me :x",
    ":a!b@c JOIN #x",
    "@batch=1;time=x :a!b@c PRIVMSG me :x",
    "@batch :a!b@c PRIVMSG me :x",
  ])("leaves %j to others", (line) => {
    expect(parseTextLine(line)).toBeUndefined();
  });

  test("nothing makes it throw, and what it takes has a target", () => {
    const part = fc.constantFrom(
      "@",
      ":",
      " ",
      ";",
      "=",
      "PRIVMSG",
      "NOTICE ",
      "time",
      "msgid",
      "batch",
      "a",
      "\\",
      "!",
    );
    fc.assert(
      fc.property(fc.array(part, { maxLength: 14 }), (parts) => {
        const parsed = parseTextLine(parts.join(""));
        if (parsed !== undefined) expect(parsed.target).toMatch(/^[^ ]+$/);
        parsePing(parts.join(""));
      }),
      { seed: 3, numRuns: 2000 },
    );
  });
});

test.each([
  ["PING :irc.example", "PING", "irc.example"],
  ["PING 12345", "PING", "12345"],
  [":irc.example PING irc.example :a b", "PING", "a b"],
  [":irc.example PONG irc.example :i1", "PONG", "i1"],
  [":irc.example PONG irc.example i1", "PONG", "i1"],
  ["@time=x :irc.example PONG irc.example :i1", "PONG", "i1"],
])("%s", (line, command, token) => {
  expect(parsePing(line)).toEqual({ command, token });
});

test("other lines are no pings", () => {
  expect(parsePing(":a!b@c PINGED x")).toBeUndefined();
  expect(parsePing(":PING PONGS")).toBeUndefined();
});
