import { describe, expect, it } from "vitest";
import { createLog, type LogFormat, type LogLevel } from "../../../src/ops/log.ts";

function setUp(options: { level?: LogLevel; format?: LogFormat; secrets?: string[]; isTTY?: boolean } = {}) {
  const lines: string[] = [];
  const { level = "info", format = "auto", secrets = [], isTTY = false } = options;
  const log = createLog({ level, format, secrets }, { isTTY, write: (text) => lines.push(text) });
  return { log, lines };
}

describe("log lines", () => {
  it("are JSON where nobody watches, with level as a word and time in ISO form", () => {
    const { log, lines } = setUp();
    log.info({ ready: true }, "ready");
    const line = JSON.parse(lines[0] ?? "");
    expect(line).toEqual({
      level: "info",
      time: expect.stringMatching(/^\d{4}-.*Z$/),
      ready: true,
      msg: "ready",
    });
  });

  it("are for people on a terminal, and by choice anywhere", () => {
    for (const given of [{ isTTY: true }, { format: "line" as const }]) {
      const { log, lines } = setUp(given);
      log.child({ component: "irc.example.org" }).warn({ wait: 5, why: "a b" }, "link lost");
      expect(lines[0]?.replace(/\u001b\[\d+m/g, "")).toMatch(
        /^\d\d:\d\d:\d\d warn {2}link lost {2}component=irc\.example\.org wait=5 why="a b"\n$/,
      );
    }
  });

  it("stay one line, and never speak to the terminal, whatever a peer wrote", () => {
    const { log, lines } = setUp({ format: "line" });
    log.info({ text: "a\nb\u001b[2Jc\u202e" }, "said\r\nERROR all is lost\u0007");
    expect(lines[0]?.slice(9)).toBe(
      'info  said\\u000d\\u000aERROR all is lost\\u0007  text="a\\nb\\u001b[2Jc\\u202e"\n',
    );
  });

  it("say what failed, with the stack only where a program reads it", () => {
    const people = setUp({ format: "line" });
    people.log.error({ err: new Error("no such room") }, "failed");
    expect(people.lines[0]?.slice(9)).toBe('error failed  err="no such room"\n');
    const program = setUp();
    program.log.error({ err: new Error("no such room", { cause: new Error("ENOENT") }) }, "failed");
    const { err } = JSON.parse(program.lines[0] ?? "");
    expect(err).toMatchObject({ message: "no such room", cause: { message: "ENOENT" } });
  });

  it("below the level are left out, children's too, and the level can change", () => {
    const { log, lines } = setUp({ level: "warn" });
    const child = log.child({ a: 1 }).child({ b: 2 });
    child.info({}, "one");
    log.setLevel("debug");
    child.debug({}, "two");
    expect(lines.map((line) => JSON.parse(line).msg)).toEqual(["two"]);
  });
});

// Measure 22: no secret in logs.
describe("secrets", () => {
  const secret = 'pale-moon-"42"';
  const cases: [string, object, string][] = [
    [
      "a key that names one",
      { password: "x1x2x3", nested: { sasl: { account: "a", password: "x1x2x3" } } },
      "m",
    ],
    ["a list", { servers: [{ secret: "x1x2x3" }] }, "m"],
    [
      "a handshake",
      { stanza: "<handshake>x1x2x3</handshake>" },
      "sent <handshake xmlns='a'>x1x2x3</handshake>",
    ],
    ["SASL", { line: "AUTHENTICATE x1x2x3" }, "<auth mechanism='PLAIN'>x1x2x3</auth>"],
    ["IRC's PASS", { line: "PASS :x1x2x3" }, "PASS x1x2x3"],
    ["a channel key", { line: "JOIN #a x1x2x3" }, "m"],
    ["a URL", { url: "redis://user:x1x2x3@127.0.0.1" }, "m"],
    ["the message of an error", { err: new Error("password=x1x2x3 refused") }, "m"],
    ["a known one, plain", { a: { b: `before ${secret} after` } }, secret],
    ["a known one in base64", { a: Buffer.from(secret).toString("base64") }, "m"],
    ["a known one in an error's cause", { err: new Error("a", { cause: new Error(secret) }) }, "m"],
  ];
  it.each(cases)("are kept out: %s", (_name, fields, message) => {
    for (const format of ["json", "line"] as const) {
      const { log, lines } = setUp({ format, secrets: [secret] });
      log.child(fields).info(fields, message);
      const line = lines.join("");
      expect(line).toContain("[redacted]");
      for (const form of ["x1x2x3", "pale-moon", Buffer.from(secret).toString("base64").slice(0, 16)]) {
        expect(line).not.toContain(form);
      }
    }
  });

  it("that came with a later config are kept out too", () => {
    const { log, lines } = setUp();
    log.hide(["new-secret"]);
    log.info({ a: "new-secret" }, "m");
    expect(lines[0]).not.toContain("new-secret");
  });

  it("blanked out leave a JSON line a JSON line", () => {
    const { log, lines } = setUp({ secrets: ["a message"] });
    log.info({ password: 'a"b' }, "a message");
    expect(() => JSON.parse(lines[0] ?? "")).not.toThrow();
  });
});

it("fields that refer to themselves are cut, not followed for ever", () => {
  const { log, lines } = setUp();
  const loop: Record<string, unknown> = {};
  loop.loop = loop;
  log.info(loop, "m");
  expect(lines[0]).toContain("[deeper]");
});
