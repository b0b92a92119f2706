import { describe, expect, it } from "vitest";
import { parseOptions, serverFor } from "../../../adapters/irc/config.ts";
import { DEFAULT_FLOOD } from "../../../adapters/irc/flood.ts";

describe("options", () => {
  it("needs none: every server over TLS, verified", () => {
    expect(serverFor(parseOptions(undefined), "irc.example.net")).toEqual({
      name: "irc.example.net",
      host: "irc.example.net",
      port: 6697,
      tls: true,
      verify: true,
      flood: DEFAULT_FLOOD,
      connectRate: 10,
    });
  });

  it("goes without TLS only where it is told to", () => {
    expect(serverFor(parseOptions({ plaintext: true }), "irc.example.net")).toMatchObject({
      port: 6667,
      tls: false,
    });
    const listed = parseOptions({ servers: { "irc.example.net": {} }, plaintext: true });
    expect(serverFor(listed, "irc.example.net")).toMatchObject({ port: 6697, tls: true });
  });

  it("takes all of a server's options", () => {
    const options = parseOptions({
      servers: {
        "IRC.example.net": {
          host: "10.0.0.1",
          port: 7000,
          verify: false,
          password: "secret",
          flood: { burst: 10, per_second: 4 },
          sasl: { account: "gateway", password: "secret" },
          connect_rate: 2,
        },
      },
      lifetime: "10m",
      netsplit_window: "90s",
    });
    expect(options).toMatchObject({ lifetime: 600_000, netsplitWindow: 90_000 });
    expect(serverFor(options, "irc.example.net")).toEqual({
      name: "irc.example.net",
      host: "10.0.0.1",
      port: 7000,
      tls: true,
      verify: false,
      password: "secret",
      flood: { burst: 10, perSecond: 4 },
      sasl: { mechanism: "PLAIN", account: "gateway", password: "secret" },
      connectRate: 2,
    });
  });

  it("reads flood: off as YAML gives it", () => {
    for (const flood of ["off", false]) {
      expect(serverFor(parseOptions({ servers: { x: { flood } } }), "x").flood).toBe("off");
    }
  });

  it.each([
    [{ sevrers: {} }, 'sevrers: unknown key; did you mean "servers"?'],
    [{ servers: { x: { pot: 1 } } }, 'servers.x.pot: unknown key; did you mean "port"?'],
    [
      { servers: { x: { sasl: { acount: "a" } } } },
      'servers.x.sasl.acount: unknown key; did you mean "account"?',
    ],
    [{ qqqqqq: 1 }, /^qqqqqq: unknown key; known keys: servers, fixed_server/],
    [{ servers: { x: { port: "6667" } } }, /^servers\.x\.port: /],
    [{ servers: { x: { port: 70_000 } } }, /^servers\.x\.port: /],
    [{ servers: { x: { flood: "on" } } }, 'servers.x.flood: expected "off" or {burst: 5, per_second: 1}'],
    [{ servers: { "a b": {} } }, "servers.a b: not a host name; use letters, digits, dots and hyphens"],
    [{ fixed_server: "a b" }, /^fixed_server: "a b" is not a host name/],
    [{ lifetime: "soon" }, /^lifetime: expected a duration/],
    [{ servers: { x: { sasl: {} } } }, "servers.x.sasl: PLAIN needs account and password"],
    [
      { servers: { x: { sasl: { mechanism: "EXTERNAL" } } } },
      /^servers\.x\.sasl: EXTERNAL needs cert and key/,
    ],
    [
      { servers: { x: { sasl: { mechanism: "EXTERNAL", cert: "/nowhere/a", key: "/nowhere/b" } } } },
      /^servers\.x\.sasl\.cert: cannot read the file \/nowhere\/a/,
    ],
    [
      { servers: { x: { tls: false, sasl: { mechanism: "EXTERNAL", cert: "a", key: "b" } } } },
      /^servers\.x\.sasl: EXTERNAL proves itself by a TLS certificate/,
    ],
    ["text", /^options: /],
  ])("says in one line what is wrong with %j", (options, expected) => {
    expect(() => parseOptions(options)).toThrow(expected);
    try {
      parseOptions(options);
    } catch (error) {
      expect(String(error)).not.toContain("\n");
    }
  });
});
