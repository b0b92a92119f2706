import { expect, test } from "vitest";
import { bareOf, cachedJids, JID_CACHE, jidOf, parseJid, resourceOf } from "../../../src/domain/jid.ts";

test("the parts of a JID, prepared", () => {
  expect(parseJid("Romeo@Straße.Example/Orchard/a@b")).toEqual({
    local: "romeo",
    domain: "strasse.example",
    resource: "Orchard/a@b",
    bare: "romeo@strasse.example",
    full: "romeo@strasse.example/Orchard/a@b",
  });
  expect(parseJid("irc.example.org")).toEqual(jidOf("", "irc.example.org"));
  expect(parseJid("irc.example.org/x")).toEqual(jidOf("", "irc.example.org", "x"));
});

test("two spellings of one user are one key", () => {
  const spellings = [
    "fish@example.org",
    "FISH@EXAMPLE.ORG.",
    "ﬁsh@example.org",
    "fi\u00adsh@exam\u00adple.org",
  ];
  expect(new Set(spellings.map((text) => parseJid(text)?.bare))).toEqual(new Set(["fish@example.org"]));
});

test("what cannot be an address is none", () => {
  const none = [
    "",
    "@",
    "a@",
    "@b",
    "a@b/",
    "a@@b",
    "a b@c",
    "a@b c",
    "a@b..c",
    "a@\ud800",
    "a@b/\u0000",
    "a@[::1",
  ];
  expect(none.filter((text) => parseJid(text) !== undefined)).toEqual([]);
});

test("an address literal is a domain, in brackets where it is IPv6", () => {
  expect(parseJid("a@127.0.0.1")?.domain).toBe("127.0.0.1");
  expect(parseJid("a@[2001:DB8::1]")?.domain).toBe("[2001:db8::1]");
});

test("a part has at most 1023 bytes (RFC 7622 §3.1)", () => {
  expect(parseJid(`${"a".repeat(1023)}@${"b".repeat(1023)}/${"c".repeat(1023)}`)).toBeDefined();
  for (const text of [
    `${"a".repeat(1024)}@b`,
    `a@${"b".repeat(1024)}`,
    `a@b/${"c".repeat(1024)}`,
    `${"é".repeat(512)}@b`,
  ]) {
    expect(parseJid(text)).toBeUndefined();
  }
  expect(parseJid("x".repeat(10_000_000))).toBeUndefined();
});

test("bare and resource of a prepared JID", () => {
  expect([bareOf("a@b/c/d"), resourceOf("a@b/c/d")]).toEqual(["a@b", "c/d"]);
  expect([bareOf("a@b"), resourceOf("a@b")]).toEqual(["a@b", ""]);
});

test("the cache stays within its bound, keeps what is used and no long texts", () => {
  const used = parseJid("used@example.org/r");
  for (let i = 0; i < 3 * JID_CACHE; i++) {
    parseJid(`user${i}@example.org`);
    expect(parseJid("used@example.org/r")).toBe(used);
  }
  expect(cachedJids()).toBeLessThanOrEqual(2 * JID_CACHE);
  const long = `a@b/${"c".repeat(300)}`;
  expect(parseJid(long)).not.toBe(parseJid(long));
});
