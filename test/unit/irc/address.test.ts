import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { createAddressing } from "../../../adapters/irc/address.ts";
import { parseOptions } from "../../../adapters/irc/config.ts";
import { UserError } from "../../../src/domain/errors.ts";
import { parseJid } from "../../../src/domain/jid.ts";

const SEED = 20_261_121;
const DOMAIN = "irc.example.org";
const many = createAddressing(parseOptions({ servers: { localhost: { port: 6667, tls: false } } }), DOMAIN);
const fixed = createAddressing(parseOptions({ fixed_server: "irc.example.net" }), DOMAIN);

describe("addresses", () => {
  it.each([
    ["#chan%irc.example.net", "room", "#chan on irc.example.net"],
    ["\\26local%irc.example.net", "room", "&local on irc.example.net"],
    ["#a%b%irc.example.net", "room", "#a%b on irc.example.net"],
    ["nick%irc.example.net", "contact", "nick on irc.example.net"],
    ["[x]\\y{z}|^`_-%irc.example.net", "contact", "[x]\\y{z}|^`_- on irc.example.net"],
    ["irc.example.net", "server", "irc.example.net"],
    ["nick%localhost", "contact", "nick on localhost"],
    ["#straße%irc.example.net".replace("ß", "ss"), "room", "#strasse on irc.example.net"],
    ["#日本%irc.example.net", "room", "#日本 on irc.example.net"],
  ])("%s is a %s", (local, kind, name) => {
    expect(many.address(local)).toEqual({ kind, conversation: local, name });
  });

  it.each(["", "#chan", "nick%unlisted", "%irc.example.net", "a b%irc.example.net", "#a,b%irc.example.net"])(
    "%j is none",
    (local) => expect(many.address(local)).toBeUndefined(),
  );

  it.each(["#chan", "nick", "irc.example.net", "#a%b"])("with a fixed server, %s needs no more", (local) => {
    expect(fixed.address(local)?.conversation).toBe(local);
  });

  it("with a fixed server, a name is never another server's", () => {
    expect(fixed.address("nick%irc.other.net")).toBeUndefined();
    expect(fixed.parse("#chan%irc.other.net")).toMatchObject({ server: "irc.example.net" });
  });

  it("escapes what a JID cannot hold, one way only", () => {
    const conversation = many.conversation("irc.example.net", "#a@b:c'd/e");
    expect(conversation).toBe("#a\\40b\\3ac\\27d\\2fe%irc.example.net");
    expect(many.parse(conversation ?? "")?.name).toBe("#a@b:c'd/e");
    expect(many.conversation("irc.example.net", "x\\40y")).toBe("x\\5c40y%irc.example.net");
    expect(many.parse("x\\5c40y%irc.example.net")?.name).toBe("x\\40y");
  });

  it("folds A to Z, and takes []\\~ for no others", () => {
    expect(many.conversation("irc.example.net", "#CHAN[]")).toBe("#chan[]%irc.example.net");
    expect(many.conversation("irc.example.net", "#chan{}")).not.toBe(
      many.conversation("irc.example.net", "#chan[]"),
    );
  });
});

const nickChar = fc.constantFrom(..."abcxyz059[]\\`_^{|}-é日");
const nick = fc
  .tuple(fc.constantFrom(..."abz[]\\`_^{|}"), fc.string({ unit: nickChar, maxLength: 20 }))
  .map((p) => p.join(""));
const channelChar = fc.constantFrom(..."abcxyz059#&+!@:'\"/<>\\%[]{}~^|é日ß".split(""));
const channel = fc
  .tuple(fc.constantFrom("#", "&", "+", "!"), fc.string({ unit: channelChar, maxLength: 30 }))
  .map((p) => p.join(""));
const server = fc.constantFrom("irc.example.net", "localhost", "10.0.0.1", "a-b.c");

describe("the mapping of names and localparts", () => {
  it.each([
    ["many servers", many],
    ["a fixed server", fixed],
  ])("is a bijection on what it accepts: %s", (_name, addressing) => {
    fc.assert(
      fc.property(fc.oneof(nick, channel), server, (name, host) => {
        const where = addressing === fixed ? "irc.example.net" : host;
        const conversation = addressing.conversation(where, name);
        if (conversation === undefined) return;
        // A server leaves it as it is, and it leads back to the same name.
        expect(parseJid(`${conversation}@${DOMAIN}`)?.local).toBe(conversation);
        const target = addressing.parse(conversation);
        expect(target).toMatchObject({ server: where });
        expect(addressing.conversation(where, target?.name ?? "")).toBe(conversation);
        expect(addressing.address(conversation)?.conversation).toBe(conversation);
        if (/^[\x20-\x7e]*$/.test(name)) expect(target?.name).toBe(name.toLowerCase());
      }),
      { seed: SEED, numRuns: 2_000 },
    );
  });

  it("gives two names two addresses", () => {
    fc.assert(
      fc.property(fc.oneof(nick, channel), fc.oneof(nick, channel), (a, b) => {
        const [one, two] = [a, b].map((name) => many.conversation("irc.example.net", name));
        if (one === undefined || one !== two) return;
        expect(many.parse(one)?.name).toBe(many.parse(two)?.name);
        if (/^[\x20-\x7e]*$/.test(a + b)) expect(a.toLowerCase()).toBe(b.toLowerCase());
      }),
      { seed: SEED, numRuns: 2_000 },
    );
  });
});

describe("names from right to left", () => {
  it("have an address where a JID can hold one: not before a server's name (RFC 3454 §6)", () => {
    expect(many.conversation("irc.example.net", "שלום")).toBeUndefined();
    expect(parseJid(`שלום%irc.example.net@${DOMAIN}`)).toBeUndefined();
    expect(fixed.conversation("irc.example.net", "שלום")).toBe("שלום");
  });
});

describe("what people type", () => {
  // Looked at again from each place, they would take minutes.
  it("is read in one go, however many spaces there are", () => {
    expect(many.fromPrompt(`#chan${" ".repeat(200_000)}on irc.example.net`).conversation).toBe(
      "#chan%irc.example.net",
    );
    expect(() => many.fromPrompt(`a${" ".repeat(200_000)}b c@@`)).toThrow(UserError);
  });

  it.each([
    ["#Chan on irc.example.net", "#chan%irc.example.net"],
    ["#chan irc.example.net", "#chan%irc.example.net"],
    ["#chan@irc.example.net", "#chan%irc.example.net"],
    ["#chan%irc.example.net", "#chan%irc.example.net"],
    ["nick@IRC.example.net", "nick%irc.example.net"],
    ["  nick%irc.example.net ", "nick%irc.example.net"],
    ["irc.example.net", "irc.example.net"],
    ["#a@b on irc.example.net", "#a\\40b%irc.example.net"],
    [`#chan%irc.example.net@${DOMAIN}`, "#chan%irc.example.net"],
  ])("%s is %s", (typed, conversation) => {
    expect(many.fromPrompt(typed).conversation).toBe(conversation);
  });

  it("needs no server where there is one", () => {
    expect(fixed.fromPrompt("#Chan").conversation).toBe("#chan");
    expect(fixed.fromPrompt(`nick@${DOMAIN}`).conversation).toBe("nick");
  });

  it.each(["", "   ", "#chan", "a b c", "\n"])(
    "%j is not understood, and it is said how to write it",
    (typed) => {
      expect(() => many.fromPrompt(typed)).toThrow(UserError);
      expect(() => many.fromPrompt(typed)).toThrow(/"#channel on irc\.example\.net"/);
    },
  );
});
