import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { GATEWAY, room, WORLDS, type World } from "../support/world.ts";
import {
  errorOf,
  from,
  hasStatus,
  isError,
  isSubject,
  MUC_USER,
  type Stanza,
  xml,
} from "../support/xmpp-client.ts";

/** A channel as a room (XEP-0045), between real servers. */

const VERONA = room("#verona");

describe.each(WORLDS)("a room: %s", (_name, build) => {
  let world: World;
  beforeAll(async () => {
    world = await build();
  });
  afterEach(() => world.everybodyOut());
  afterAll(() => world.end());

  it("is entered: occupants with their roles first, then oneself (110), then what was said, then the subject", async () => {
    const alice = await world.peer("alice");
    await alice.join("#entered");
    alice.send("TOPIC #entered :Peace, I hate the word");
    const bob = await world.peer("bob");
    await bob.join("#entered");
    await alice.mode("#entered", "+v bob");
    const romeo = await world.user("romeo");
    const self = await romeo.join(room("#entered"), "romeo");
    expect(self.attrs.from).toBe(`${room("#entered")}/romeo`);

    const seen = romeo.stanzas.all.filter((stanza) => from(stanza, room("#entered")));
    const presences = seen.filter((stanza) => stanza.is("presence"));
    expect(Object.fromEntries(presences.map((stanza) => [nickOf(stanza), item(stanza)]))).toEqual({
      alice: { role: "moderator", affiliation: expect.stringMatching(/^(admin|owner)$/) },
      bob: { role: "participant", affiliation: expect.any(String) },
      romeo: { role: "participant", affiliation: "none" },
    });
    expect(nickOf(presences.at(-1))).toBe("romeo");
    expect(isSubject(seen.at(-1) as Stanza)).toBe(true);
    expect(seen.at(-1)?.getChildText("subject")).toBe("Peace, I hate the word");
    await alice.waitFor((line) => line.command === "JOIN" && line.from === "romeo", "JOIN of romeo");
  });

  it("carries talk both ways; the sender's own comes back with its id, and everybody sees the same stanza-id", async () => {
    const alice = await world.peer("alice");
    await alice.join("#verona");
    const romeo = await world.user("romeo");
    const juliet = await world.user("juliet");
    await romeo.join(VERONA, "romeo");
    await juliet.join(VERONA, "juliet");

    const id = await romeo.say(VERONA, "But, soft! what light? 🌅", "groupchat");
    await alice.waitForText("#verona", "But, soft! what light? 🌅");
    const reflected = await romeo.waitForBody(`${VERONA}/romeo`, "But, soft! what light? 🌅");
    const seen = await juliet.waitForBody(`${VERONA}/romeo`, "But, soft! what light? 🌅");
    expect(reflected.attrs.id).toBe(id);
    expect(stanzaId(reflected)).toBe(stanzaId(seen));
    expect(stanzaId(reflected)).toMatch(/./);

    alice.say("#verona", "Grüße, 你好");
    const one = await romeo.waitForBody(`${VERONA}/alice`, "Grüße, 你好");
    const other = await juliet.waitForBody(`${VERONA}/alice`, "Grüße, 你好");
    expect(stanzaId(one)).toBe(stanzaId(other));
  });

  it("carries /me both ways, and several lines as several", async () => {
    const alice = await world.peer("alice");
    await alice.join("#verona");
    const romeo = await world.user("romeo");
    await romeo.join(VERONA, "romeo");
    await romeo.say(VERONA, "/me sighs", "groupchat");
    await alice.waitForText("#verona", "\u0001ACTION sighs\u0001");
    alice.say("#verona", "\u0001ACTION nods\u0001");
    await romeo.waitForBody(`${VERONA}/alice`, "/me nods");
    await romeo.say(VERONA, "one\ntwo\n\nthree", "groupchat");
    for (const line of ["one", "two", "three"]) await alice.waitForText("#verona", line);
  });

  it("shows to who joins later what was said before, with its time (XEP-0203), as much as asked for", async () => {
    const alice = await world.peer("alice");
    await alice.join("#past");
    const romeo = await world.user("romeo");
    await romeo.join(room("#past"), "romeo");
    for (const text of ["first", "second", "third"]) {
      alice.say("#past", text);
      await romeo.waitForBody(`${room("#past")}/alice`, text);
    }
    const juliet = await world.user("juliet");
    await juliet.join(room("#past"), "juliet", { maxHistory: 2 });
    const old = juliet.stanzas.all.filter(
      (one) => one.is("message") && one.getChild("delay", "urn:xmpp:delay"),
    );
    expect(old.map((one) => one.getChildText("body"))).toEqual(["second", "third"]);
    const stamp = old[0]?.getChild("delay", "urn:xmpp:delay")?.attrs.stamp;
    expect(Math.abs(Date.parse(stamp ?? "") - Date.now())).toBeLessThan(60_000);
  });

  it("changes its subject from both sides", async () => {
    const alice = await world.peer("alice");
    await alice.join("#subject");
    const romeo = await world.user("romeo");
    await romeo.join(room("#subject"), "romeo");
    alice.send("TOPIC #subject :Montague");
    await romeo.waitFor((one) => one.getChildText("subject") === "Montague", "subject Montague");
    await romeo.send(
      xml("message", { to: room("#subject"), type: "groupchat" }, xml("subject", {}, "Capulet")),
    );
    await alice.waitFor((line) => line.command === "TOPIC" && line.params[1] === "Capulet", "TOPIC Capulet");
    await romeo.waitFor((one) => one.getChildText("subject") === "Capulet", "subject Capulet");
  });

  it("shows who comes, goes, is renamed and gets a role", async () => {
    const alice = await world.peer("alice");
    await alice.join("#verona");
    const romeo = await world.user("romeo");
    await romeo.join(VERONA, "romeo");
    const bob = await world.peer("bob");
    await bob.join("#verona");
    await romeo.waitFor((one) => one.is("presence") && nickOf(one) === "bob", "bob's presence");
    await alice.mode("#verona", "+o bob");
    await romeo.waitFor(
      (one) => nickOf(one) === "bob" && item(one)?.role === "moderator",
      "bob as moderator",
    );
    bob.send("NICK robert");
    const renamed = await romeo.waitFor(
      (one) => nickOf(one) === "bob" && hasStatus(one, 303),
      "bob's new nick",
    );
    expect(renamed.getChild("x", MUC_USER)?.getChild("item")?.attrs.nick).toBe("robert");
    await romeo.waitFor(
      (one) => nickOf(one) === "robert" && one.attrs.type === undefined,
      "robert's presence",
    );
    bob.send("PART #verona :Good night");
    const left = await romeo.waitFor(
      (one) => nickOf(one) === "robert" && one.attrs.type === "unavailable",
      "robert gone",
    );
    expect(left.getChildText("status")).toBe("Good night");
  });

  it("changes one's nick, tells the far side, and refuses one in use with conflict", async () => {
    const alice = await world.peer("alice");
    await alice.join("#verona");
    const tybalt = await world.user("tybalt");
    await tybalt.join(VERONA, "tybalt");
    await tybalt.presence({ to: `${VERONA}/montague` });
    await tybalt.waitFor(
      (one) => nickOf(one) === "tybalt" && hasStatus(one, 303) && hasStatus(one, 110),
      "old nick gone",
    );
    await tybalt.waitFor((one) => nickOf(one) === "montague" && hasStatus(one, 110), "new nick");
    await alice.waitFor((line) => line.command === "NICK" && line.params[0] === "montague", "NICK montague");
    await tybalt.presence({ to: `${VERONA}/alice`, id: "taken" });
    const refused = await tybalt.waitForError("taken");
    expect(errorOf(refused).condition).toBe("conflict");
    await tybalt.say(VERONA, "still here", "groupchat");
    await alice.waitForText("#verona", "still here");
  });

  it("gives another nick (210) where the wanted one is taken", async () => {
    const alice = await world.peer("mercutio");
    await alice.join("#verona");
    const mercutio = await world.user("mercutio");
    const self = await mercutio.join(VERONA, "mercutio");
    expect(hasStatus(self, 210)).toBe(true);
    expect(nickOf(self)).not.toBe("mercutio");
    await alice.waitFor(
      (line) => line.command === "JOIN" && line.from === nickOf(self),
      "JOIN under another nick",
    );
  });

  it("shows a kick with its reason (307), and a kicked user can come back", async () => {
    const alice = await world.peer("alice");
    await alice.join("#kicks");
    const romeo = await world.user("romeo");
    await romeo.join(room("#kicks"), "romeo");
    alice.send("KICK #kicks romeo :Out, villain");
    const kicked = await romeo.waitFor((one) => hasStatus(one, 307) && hasStatus(one, 110), "own kick");
    expect(kicked.attrs.type).toBe("unavailable");
    expect(kicked.getChild("x", MUC_USER)?.getChild("item")?.getChildText("reason")).toBe("Out, villain");
    await romeo.join(room("#kicks"), "romeo");
  });

  it("lets an operator kick and give voice (XEP-0045 §8)", async () => {
    const romeo = await world.user("romeo");
    await romeo.join(room("#mine"), "romeo");
    const bob = await world.peer("bob");
    await bob.join("#mine");
    await romeo.waitFor((one) => nickOf(one) === "bob", "bob's presence");
    const moderate = (attrs: Record<string, string>) =>
      romeo.iq(
        "set",
        room("#mine"),
        xml("query", { xmlns: "http://jabber.org/protocol/muc#admin" }, xml("item", attrs)),
      );
    const kick = await moderate({ nick: "bob", role: "none" });
    expect(kick.attrs.type).toBe("result");
    await bob.waitFor((line) => line.command === "KICK" && line.params[1] === "bob", "KICK of bob");
  });

  it("is left: oneself unavailable (110), and the far side sees the PART", async () => {
    const alice = await world.peer("alice");
    await alice.join("#verona");
    const romeo = await world.user("romeo");
    await romeo.join(VERONA, "romeo");
    await romeo.leave(VERONA, "romeo");
    await alice.waitFor(
      (line) => ["PART", "QUIT"].includes(line.command) && line.from === "romeo",
      "PART of romeo",
    );
    const id = await romeo.say(VERONA, "too late", "groupchat");
    expect(isError(await romeo.waitForError(id))).toBe(true);
  });

  it("is shared by a user's clients: one connection, each gets everything, the last one out leaves", async () => {
    const alice = await world.peer("alice");
    await alice.join("#verona");
    const phone = await world.user("romeo", "phone");
    const desk = await world.user("romeo", "desk");
    await phone.join(VERONA, "romeo");
    await desk.join(VERONA, "romeo");
    const id = await phone.say(VERONA, "from the phone", "groupchat");
    expect((await phone.waitForBody(`${VERONA}/romeo`, "from the phone")).attrs.id).toBe(id);
    await desk.waitForBody(`${VERONA}/romeo`, "from the phone");
    alice.say("#verona", "to both");
    await phone.waitForBody(`${VERONA}/alice`, "to both");
    await desk.waitForBody(`${VERONA}/alice`, "to both");
    const joins = alice.lines.all.filter((line) => line.command === "JOIN" && line.from === "romeo");
    expect(joins).toHaveLength(1);

    await phone.leave(VERONA, "romeo");
    alice.say("#verona", "one left");
    await desk.waitForBody(`${VERONA}/alice`, "one left");
    await phone.sync();
    expect(phone.stanzas.all.some((one) => one.getChildText("body") === "one left")).toBe(false);
    await desk.leave(VERONA, "romeo");
    await alice.waitFor(
      (line) => ["PART", "QUIT"].includes(line.command) && line.from === "romeo",
      "PART of romeo",
    );
  });

  it("tells the truth to a self-ping (XEP-0410)", async () => {
    const romeo = await world.user("romeo");
    await romeo.join(VERONA, "romeo");
    expect((await romeo.ping(`${VERONA}/romeo`)).attrs.type).toBe("result");
    await romeo.leave(VERONA, "romeo");
    expect(errorOf(await romeo.ping(`${VERONA}/romeo`)).condition).toBe("not-acceptable");
  });

  it("lets one person write to another inside it (XEP-0045 §7.5)", async () => {
    const alice = await world.peer("alice");
    await alice.join("#verona");
    const romeo = await world.user("romeo");
    await romeo.join(VERONA, "romeo");
    await romeo.say(`${VERONA}/alice`, "psst", "chat", xml("x", { xmlns: MUC_USER }));
    await alice.waitForText("alice", "psst");
    alice.say("romeo", "what?");
    await romeo.waitForBody(`${VERONA}/alice`, "what?");
    const id = await romeo.say(`${VERONA}/nobody`, "anyone?", "chat");
    expect(errorOf(await romeo.waitForError(id)).condition).toMatch(
      /^(item-not-found|recipient-unavailable)$/,
    );
  });

  it("is in the domain's list of services, with its features (XEP-0030)", async () => {
    const romeo = await world.user("romeo");
    const info = await romeo.iq(
      "get",
      GATEWAY,
      xml("query", { xmlns: "http://jabber.org/protocol/disco#info" }),
    );
    const identities = info
      .getChild("query")
      ?.getChildren("identity")
      .map((one) => `${one.attrs.category}/${one.attrs.type}`);
    expect(identities).toContain("gateway/irc");
  });
});

function nickOf(stanza: Stanza | undefined): string {
  return stanza?.attrs.from?.split("/").slice(1).join("/") ?? "";
}

function item(stanza: Stanza): { role?: string; affiliation?: string } | undefined {
  const attrs = stanza.getChild("x", MUC_USER)?.getChild("item")?.attrs;
  return attrs && { role: attrs.role, affiliation: attrs.affiliation };
}

function stanzaId(stanza: Stanza): string | undefined {
  return stanza.getChild("stanza-id", "urn:xmpp:sid:0")?.attrs.id;
}
