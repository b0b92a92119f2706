import { describe, expect, test } from "vitest";
import {
  closedProblem,
  socketProblem,
  streamProblem,
  syntaxProblem,
  timeoutProblem,
} from "../../../src/xmpp/problems.ts";

const place = { host: "127.0.0.1", port: 5347, domain: "irc.example.org" };
const failure = (code: string) => Object.assign(new Error("what the system says"), { code });

describe("an operator is told in one line what happened, where, and what to change", () => {
  test.each([
    [socketProblem(failure("ECONNREFUSED"), place, "connecting"), "refused", "start the XMPP server"],
    [socketProblem(failure("ENOTFOUND"), place, "connecting"), "unreachable", "ENOTFOUND"],
    [socketProblem(failure("EHOSTUNREACH"), place, "connecting"), "unreachable", "xmpp.host"],
    [socketProblem(failure("ECONNRESET"), place, "online"), "closed", "ECONNRESET"],
    [socketProblem("odd", place, "opening"), "closed", "odd"],
    [timeoutProblem(place, "connecting"), "timeout", "firewall"],
    [timeoutProblem(place, "opening"), "timeout", "xmpp.port"],
    [timeoutProblem(place, "online"), "timeout", "load"],
    [closedProblem(place, "opening"), "closed", "xmpp.port"],
    [closedProblem(place, "online"), "closed", "by itself"],
    [syntaxProblem("U+0000", place, "opening"), "not-well-formed", "xmpp.port"],
    [streamProblem("conflict", "", place), "conflict", "stop the other gateway"],
    [streamProblem("host-unknown", "", place), "host-unknown", 'Component "irc.example.org"'],
    [streamProblem("not-authorized", "", place), "not-authorized", "component_secret"],
    [streamProblem("invalid-namespace", "", place), "invalid-namespace", "component port"],
    [streamProblem("policy-violation", "too much", place), "stream-error", '"too much"'],
  ])("%#", ({ reason, text }, expected, word) => {
    expect(reason).toBe(expected);
    expect(text).toContain(word);
    expect(text).toContain("127.0.0.1:5347");
    expect(text).toContain("irc.example.org");
    expect(text).not.toMatch(/[\n\r]/);
  });

  test("the server's words cannot break the line, and are cut where they are long", () => {
    const { text } = streamProblem("reset", `a\nb\u0007\u202ec${"d".repeat(5000)}\ud800`, place);
    expect(text).toContain("a b c");
    expect(text).toMatch(/^[^\p{C}]{1,600}$/u);
  });

  test("an IPv6 address is written as such", () => {
    expect(timeoutProblem({ ...place, host: "::1" }, "online").text).toContain("[::1]:5347");
  });
});
