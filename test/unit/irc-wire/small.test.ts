import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { RETRY_MOST, RETRY_THROTTLED, retryDelay } from "../../../adapters/irc/backoff.ts";
import { cleanIdentity } from "../../../adapters/irc/identity.ts";
import { KeepAlive } from "../../../adapters/irc/keep-alive.ts";
import { MAX_NICK_TRIES, nickVariant, plainNick } from "../../../adapters/irc/nicks.ts";
import { OwnName } from "../../../adapters/irc/own-name.ts";
import { MAX_PINGS, Pings } from "../../../adapters/irc/pings.ts";
import { closedFailure, Ending, socketFailure } from "../../../adapters/irc/reasons.ts";
import type { ServerOptions } from "../../../adapters/irc/types.ts";

const server: ServerOptions = {
  name: "irc.example",
  host: "irc.example",
  port: 6697,
  tls: true,
  verify: true,
  flood: "off",
  connectRate: 10,
};

describe("the wait before another attempt", () => {
  test("grows, has an end, and differs by chance", () => {
    const waits = [0, 1, 2, 3, 20, 1000].map((attempt) => retryDelay(attempt, false, () => 0.999));
    expect(waits.slice(0, 4).every((wait, i) => i === 0 || wait > (waits[i - 1] ?? 0))).toBe(true);
    expect(Math.max(...waits)).toBeLessThanOrEqual(RETRY_MOST);
    expect(retryDelay(3, false, () => 0)).toBeLessThan(retryDelay(3, false, () => 0.9));
  });

  test("is longer where the server finds us too fast", () => {
    expect(retryDelay(0, true, () => 0)).toBeGreaterThanOrEqual(RETRY_THROTTLED / 2);
  });
});

describe("a nick that is not to be had", () => {
  test("gets underscores, then digits", () => {
    const tried = [1, 2, 3, 4].map((tries) => nickVariant("juliet", tries, false, () => 0.1234));
    expect(tried).toEqual(["juliet_", "juliet__", "juliet___", "julie1234"]);
  });

  test("that is badly spelled is spelled as every server takes it", () => {
    expect(nickVariant("Jülïet Capulet", 1, true, () => 0)).toBe("J_l_et_Ca");
    expect(plainNick("9lives")).toBe("_9lives");
    expect(plainNick("ユーザー")).toBe("user");
  });

  test("whatever was wanted, the tries after a 432 are valid and differ", () => {
    const valid = /^[A-Za-z[\]\\`_^{|}][A-Za-z0-9[\]\\`_^{|}-]{0,8}$/;
    fc.assert(
      fc.property(fc.string({ unit: "binary" }), (wanted) => {
        let seed = 0;
        const random = () => {
          seed = (seed + 0.05) % 1;
          return seed;
        };
        for (let tries = 1; tries <= MAX_NICK_TRIES; tries++) {
          expect(nickVariant(wanted, tries, true, random)).toMatch(valid);
        }
      }),
      { seed: 6, numRuns: 200 },
    );
  });
});

test("an identity is never empty and never two words where it may not be", () => {
  expect(cleanIdentity({ nick: "a b", username: "ü ñ", realname: "\r\n" })).toEqual({
    nick: "a_b",
    username: "user",
    realname: "a_b",
  });
});

describe("a silent server", () => {
  test("is probed, then dropped: three looks of 20 s", () => {
    const alive = new KeepAlive();
    expect([1, 2, 3].map(() => alive.look(false))).toEqual(["nothing", "probe", "drop"]);
  });

  test("that answers the probe is kept", () => {
    const alive = new KeepAlive();
    alive.look(false);
    expect(alive.look(false)).toBe("probe");
    alive.heard = true;
    expect([alive.look(false), alive.look(false)]).toEqual(["nothing", "probe"]);
  });

  test("is no wonder while we do not read", () => {
    const alive = new KeepAlive();
    expect([1, 2, 3, 4].map(() => alive.look(true))).toEqual(Array(4).fill("nothing"));
  });
});

describe("pings", () => {
  test("a PONG answers its PING and those before", async () => {
    const pings = new Pings();
    const sent: string[] = [];
    const [a, b, c] = [1, 2, 3].map(() => pings.ping((line) => sent.push(line)));
    pings.pong("stranger");
    expect(pings.size).toBe(3);
    pings.pong(sent[1]?.slice(6) ?? "");
    await Promise.all([a, b]);
    expect(pings.size).toBe(1);
    pings.end(new Error("lost"));
    await expect(c).rejects.toThrow("lost");
  });

  test("are bounded, and count how long they wait", async () => {
    const pings = new Pings();
    const all: Promise<void>[] = [];
    for (let i = 0; i < MAX_PINGS; i++) all.push(pings.ping(() => {}));
    await expect(pings.ping(() => {})).rejects.toThrow("too many");
    expect([pings.look(false), pings.look(false)]).toEqual([1, 2]);
    pings.pong("i0");
    expect(pings.look(false)).toBe(1);
    expect([pings.look(false), pings.look(true), pings.look(false)]).toEqual([2, 0, 1]);
    pings.end(new Error("lost"));
    await Promise.allSettled(all);
  });
});

describe("what the server puts before our messages", () => {
  test("is the worst until it has shown it", () => {
    expect(new OwnName("joe").prefixLength).toBe(":joe!".length + 11 + "@ ".length + 63);
  });

  test("is learned from our own lines, not from others'", () => {
    const own = new OwnName("joe");
    own.learn("join", { nick: "ann", ident: "x", hostname: "y" });
    own.learn("join", { nick: "joe", ident: "~joe", hostname: "cloak.example" });
    expect(own.prefixLength).toBe(":joe!~joe@cloak.example ".length);
    own.learn("displayed host", { hostname: "u@v.example" });
    expect(own.prefixLength).toBe(":joe!u@v.example ".length);
    own.learn("nick", { nick: "joe", new_nick: "joseph", ident: "u", hostname: "v.example" });
    expect([own.nick, own.wanted]).toEqual(["joseph", "joe"]);
  });
});

describe("why a connection ended, in words", () => {
  const broken = (code: string, message = code) => Object.assign(new Error(message), { code });

  test.each([
    ["ENOTFOUND", "remote-server-not-found", /name is not known/],
    ["ECONNREFUSED", "remote-server-timeout", /refused/],
    ["CERT_HAS_EXPIRED", "remote-server-timeout", /has expired/],
    ["DEPTH_ZERO_SELF_SIGNED_CERT", "remote-server-timeout", /self-signed/],
    ["ERR_TLS_CERT_ALTNAME_INVALID", "remote-server-timeout", /another server's/],
    ["EWHATEVER", "remote-server-timeout", /EWHATEVER/],
  ])("%s", (code, condition, text) => {
    const failure = socketFailure(server, broken(code), false);
    expect(failure).toMatchObject({ state: "transient-disconnect", condition });
    expect(failure.text).toMatch(text);
  });

  test("TLS asked of a port that does not speak it", () => {
    const error = broken("ERR_SSL_WRONG_VERSION_NUMBER", "ssl3_get_record:wrong version number");
    expect(socketFailure(server, error, false).text).toBe("irc.example:6697 does not speak TLS");
  });

  test.each([
    ["Closing Link: x (K-Lined)", "banned", undefined],
    ["Closing Link: x (G:Lined: go away)", "banned", undefined],
    ["You are banned from this server", "banned", undefined],
    ["Closing Link: x (AutoKilled: spam)", "banned", undefined],
    ["Closing Link: x (Your host is listed in a DNSBL)", "banned", undefined],
    ["Trying to reconnect too fast.", "transient-disconnect", true],
    ["Closing Link: x (Throttled: Reconnecting too fast)", "transient-disconnect", true],
    [
      "Closing link: x [Z-Lined: attempting to connect too many times in too short a duration]",
      "transient-disconnect",
      true,
    ],
    ["Closing Link: x (Too many host connections (local))", "transient-disconnect", true],
    ["Closing Link: x (Killed (oper (banned word)))", "transient-disconnect", true],
    ["Closing Link: x (Ping timeout)", "transient-disconnect", undefined],
    ["Closing link: online (bye)", "transient-disconnect", undefined],
    ["Closing Link: x (Excess Flood)", "transient-disconnect", undefined],
    ["Bad password?", "bad-credentials", undefined],
    [undefined, "transient-disconnect", undefined],
  ])("%s", (said, state, throttled) => {
    const failure = closedFailure(server, said, false);
    expect([failure.state, failure.throttled]).toEqual([state, throttled]);
  });

  test("a numeric before the end counts more than the last words", () => {
    const ending = new Ending();
    ending.learn(server, { error: "banned_from_network", reason: "no bots" }, false);
    ending.learn(server, { error: "irc", reason: "Closing Link" }, false);
    expect(ending.failure(server, false)).toMatchObject({ state: "banned", condition: "forbidden" });
    expect(ending.failure(server, false).text).toContain("no bots");
  });
});
