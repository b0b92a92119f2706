import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import type { Adapter } from "../../src/adapter.ts";
import { startInspircd } from "../support/inspircd.ts";
import { type IrcPeer, ircPeer } from "../support/irc-peer.ts";
import { IRC_OPERATOR, type IrcServer, startNgircd } from "../support/ngircd.ts";
import { freePort } from "../support/ports.ts";
import { errorOf, ircAdapter, User } from "./irc-world.ts";

const STARTERS: readonly (readonly [string, () => Promise<IrcServer>])[] = [
  ["ngIRCd", startNgircd],
  ["InspIRCd", startInspircd],
];

for (const [name, start] of STARTERS) {
  describe(`rooms on ${name}`, () => {
    let server: IrcServer;
    let adapter: Adapter;
    let juliet: IrcPeer;
    let romeo: User;
    let count = 0;
    let channel = "";
    let room = "";

    beforeAll(async () => {
      server = await start();
      adapter = ircAdapter(server);
    });
    afterAll(() => server?.stop());

    beforeEach(async () => {
      channel = `#room${++count}`;
      room = `${channel}%irc.test`;
      juliet = await ircPeer({ host: server.host, port: server.port, nick: "juliet" });
      await juliet.join(channel);
      romeo = new User(adapter, "romeo");
    });
    afterEach(async () => {
      await romeo.close();
      await juliet.quit();
    });

    it("shows roles by modes, the subject, and who set it", async () => {
      juliet.send(`TOPIC ${channel} :Two households`);
      await juliet.sync();
      expect(await romeo.joins(room, "romeo")).toMatchObject({ nick: "romeo" });
      const joined = await romeo.host.next("joined", room);
      expect(joined.subject).toMatchObject({ text: "Two households", by: "juliet" });
      expect(joined.subject?.at).toBeGreaterThan(Date.now() - 60_000);
      expect(joined.occupants).toContainEqual({ nick: "juliet", role: "moderator", affiliation: "admin" });
      expect(joined.occupants).toContainEqual({ nick: "romeo", role: "participant", affiliation: "none" });
    });

    it("shows who comes, goes, is renamed and is kicked", async () => {
      await romeo.joins(room, "romeo");
      const tybalt = await ircPeer({ host: server.host, port: server.port, nick: "tybalt" });
      await tybalt.join(channel);
      expect((await romeo.host.next("occupants", room)).occupants).toMatchObject([{ nick: "tybalt" }]);
      tybalt.send("NICK prince");
      expect(await romeo.host.next("renamed", room)).toMatchObject({
        nick: "tybalt",
        newNick: "prince",
        self: false,
      });
      juliet.send(`KICK ${channel} prince :peace`);
      const kicked = await romeo.host.next("left", room);
      expect(kicked).toMatchObject({ nicks: ["prince"], why: "kicked", by: "juliet", text: "peace" });
      await tybalt.join(channel);
      await romeo.host.next("occupants", room);
      await tybalt.quit("gone");
      expect(await romeo.host.next("left", room)).toMatchObject({ nicks: ["prince"], why: "left" });
    });

    it("follows modes: voice is member, moderation makes visitors", async () => {
      await romeo.joins(room, "romeo");
      await juliet.mode(channel, "+v romeo");
      expect((await romeo.host.next("occupants", room)).occupants).toEqual([
        { nick: "romeo", role: "participant", affiliation: "member" },
      ]);
      await juliet.mode(channel, "-v romeo");
      await romeo.host.next("occupants", room);
      await juliet.mode(channel, "+m");
      expect((await romeo.host.next("occupants", room)).occupants).toEqual([
        { nick: "romeo", role: "visitor", affiliation: "none" },
      ]);
      expect((await romeo.host.next("note", room)).text).toContain("juliet set the mode +m");
      expect(errorOf(await romeo.says(room, "mm"))).toMatchObject({ condition: "forbidden", final: true });
    });

    it("tells the user of being kicked, and ends what was still to be said there", async () => {
      await romeo.joins(room, "romeo");
      juliet.send(`KICK ${channel} romeo :out`);
      const parted = await romeo.host.next("parted", room);
      expect(parted).toMatchObject({ nick: "romeo", why: "kicked", by: "juliet", text: "out" });
      expect(errorOf(await romeo.says(room, "why?"))).toMatchObject({
        condition: "not-acceptable",
        final: true,
      });
      expect(romeo.session.inRoom?.(room)).toBe(false);
    });

    it("does what a moderator does: topic, kick, voice, ban, invite", async () => {
      await romeo.joins(room, "romeo");
      const base = { from: romeo.jid, conversation: room } as const;
      expect(errorOf(await romeo.does({ ...base, kind: "kick", nick: "juliet" }))).toMatchObject({
        condition: "forbidden",
      });
      await juliet.mode(channel, "+o romeo");
      await romeo.host.next("occupants", room);
      await romeo.does({ ...base, kind: "topic", text: "Verona" });
      expect((await romeo.host.next("subject", room)).subject).toMatchObject({ text: "Verona", by: "romeo" });
      await romeo.does({ ...base, kind: "affiliation", nick: "juliet", affiliation: "none" });
      expect((await romeo.host.next("occupants", room)).occupants).toMatchObject([{ affiliation: "none" }]);
      await romeo.does({ ...base, kind: "affiliation", nick: "juliet", affiliation: "outcast", text: "no" });
      expect(await romeo.host.next("left", room)).toMatchObject({
        nicks: ["juliet"],
        why: "kicked",
        text: "no",
      });
      await expect(juliet.join(channel)).rejects.toThrow("474");
      await romeo.does({ ...base, kind: "affiliation", nick: "juliet", affiliation: "none" });
      await romeo.does({ ...base, kind: "invite", nick: "juliet%irc.test" });
      await juliet.waitFor((line) => line.command === "INVITE", "an invitation");
      expect(errorOf(await romeo.does({ ...base, kind: "kick", nick: "nobody" }))).toMatchObject({
        final: true,
      });
    });

    it("changes the nick, and says why not", async () => {
      await romeo.joins(room, "romeo");
      const base = { kind: "nick", from: romeo.jid, conversation: room } as const;
      expect(await romeo.does({ ...base, nick: "montague" })).toMatchObject({ nick: "montague" });
      expect(await romeo.host.next("renamed", room)).toMatchObject({ newNick: "montague", self: true });
      expect(errorOf(await romeo.does({ ...base, nick: "juliet" }))).toMatchObject({ condition: "conflict" });
      expect(errorOf(await romeo.does({ ...base, nick: "two words" }))).toMatchObject({
        condition: "jid-malformed",
      });
      expect(errorOf(await romeo.does({ ...base, nick: "#x" }))).toMatchObject({
        condition: "jid-malformed",
      });
    });

    it("is invited", async () => {
      await romeo.joins(room, "romeo");
      const other = `#other${count}`;
      await juliet.join(other);
      juliet.send(`INVITE romeo ${other}`);
      const invited = await romeo.host.next("invited", `${other}%irc.test`);
      expect(invited).toMatchObject({ room: `${other}%irc.test`, by: "juliet%irc.test" });
    });

    it.each([
      ["+i", "registration-required", "473"],
      ["+l 1", "service-unavailable", "471"],
      ["+k sesame", "not-authorized", "475"],
      ["+b romeo!*@*", "forbidden", "474"],
    ])("says why a channel with %s lets nobody in: %s", async (mode, condition, code) => {
      await juliet.mode(channel, mode);
      const error = errorOf(await romeo.joins(room, "romeo"));
      expect(error).toMatchObject({ condition, code, final: true });
      expect(error.text).toContain(channel);
      expect(romeo.session.inRoom?.(room)).toBe(false);
    });

    it("joins with the key", async () => {
      await juliet.mode(channel, "+k sesame");
      expect(await romeo.joins(room, "romeo", "sesame")).toMatchObject({ nick: "romeo" });
    });

    it("joins under another nick where the one asked for is taken, also in the second room", async () => {
      const joined = await romeo.joins(room, "juliet");
      expect(joined).toMatchObject({ nick: "juliet_" });
      expect(await romeo.joins(`#second${count}%irc.test`, "juliet")).toMatchObject({ nick: "juliet_" });
    });

    it("lists the server's rooms, and what it knows about people", async () => {
      await romeo.joins(room, "romeo");
      const rooms = await romeo.session.listRooms?.("irc.test");
      expect(rooms).toContainEqual(
        expect.objectContaining({ conversation: room, name: channel, occupants: 2 }),
      );
      const info = await romeo.session.contactInfo?.("juliet%irc.test");
      expect(info).toMatchObject({ nick: "juliet", name: "juliet", note: expect.stringContaining("@") });
      await expect(romeo.session.contactInfo?.("nobody%irc.test")).rejects.toMatchObject({
        condition: "item-not-found",
      });
    });

    it("says who is not there, at once and for each message", async () => {
      const base = { groupchat: false };
      for (let i = 0; i < 3; i++) {
        expect(errorOf(await romeo.says("nobody%irc.test", "hello?", base))).toMatchObject({
          condition: "item-not-found",
          final: true,
        });
      }
      expect(await romeo.says("juliet%irc.test", "hello", base)).toMatchObject({
        evidence: expect.any(String),
      });
    });

    it("enters a room again for a message that outlived the gateway", async () => {
      await romeo.says(room, "from before the restart");
      await juliet.waitForText(channel, "from before the restart");
      expect(await romeo.host.next("joined", room)).not.toHaveProperty("to", expect.anything());
    });

    it("answers CTCP, a few times", async () => {
      await romeo.joins(room, "romeo");
      for (let i = 0; i < 10; i++) juliet.say("romeo", "\x01VERSION\x01");
      juliet.say("romeo", "\x01PING 42\x01");
      juliet.say("romeo", "done");
      await romeo.host.said("done");
      await romeo.says("juliet%irc.test", "after");
      await juliet.waitForText("juliet", "after");
      const answers = juliet.lines.all.filter((line) => line.command === "NOTICE" && line.from === "romeo");
      expect(answers.map((line) => line.params[1])).toEqual(
        Array(3).fill("\x01VERSION Isthmus, an XMPP gateway\x01"),
      );
    });
  });
}

describe("servers that cannot be joined", () => {
  it("says that nothing listens there", async () => {
    const romeo = new User(ircAdapter({ host: "127.0.0.1", port: await freePort() }), "romeo");
    const error = errorOf(await romeo.joins("#verona%irc.test", "romeo"));
    expect(error.final).toBe(true);
    expect(error.text).toMatch(/refused/i);
    await romeo.close();
  });

  it("says that there is no such host", async () => {
    const adapter = ircAdapter({ host: "nowhere.invalid", port: 6667 });
    const romeo = new User(adapter, "romeo");
    expect(errorOf(await romeo.joins("#verona%irc.test", "romeo"))).toMatchObject({
      condition: "remote-server-not-found",
      final: true,
    });
    await romeo.close();
  });

  it("says that the certificate is not trusted, and joins where it is not looked at", async () => {
    const server = await startInspircd();
    const place = { host: server.host, port: server.tlsPort };
    const wary = new User(ircAdapter(place, {}, { tls: true }), "romeo");
    const error = errorOf(await wary.joins("#verona%irc.test", "romeo"));
    expect(error.final).toBe(true);
    expect(error.text).toMatch(/certificate/i);
    const trusting = new User(ircAdapter(place, {}, { tls: true, verify: false }), "romeo");
    expect(await trusting.joins("#verona%irc.test", "romeo")).toMatchObject({ nick: "romeo" });
    await Promise.all([wary.close(), trusting.close()]);
    await server.stop();
  });

  it("checks what the config names, in words", async () => {
    const server = await startNgircd();
    const [good] = await ircAdapter(server).check();
    expect(good).toMatchObject({ ok: true, text: expect.stringMatching(/^registered as check\d+$/) });
    const [bad] = await ircAdapter({ host: "127.0.0.1", port: await freePort() }).check();
    expect(bad).toMatchObject({ ok: false, text: expect.stringContaining("options.servers.irc.test") });
    await server.stop();
  });

  it("is told once that the server has banned the user, and does not try again", async () => {
    const server = await startInspircd();
    const oper = await ircPeer({ host: server.host, port: server.port, nick: "oper" });
    oper.send(`OPER ${IRC_OPERATOR.name} ${IRC_OPERATOR.password}`);
    await oper.waitFor((line) => line.command === "381", "operator");
    const romeo = new User(ircAdapter(server), "romeo");
    await romeo.joins("#verona%irc.test", "romeo");
    oper.send("KLINE *romeo@* 1h :begone");
    const parted = await romeo.host.next("parted", "#verona%irc.test");
    expect(parted).toMatchObject({ why: "gone", text: expect.stringContaining("banned from irc.test") });
    const banned = romeo.host.states.all.filter(({ state }) => state === "banned");
    expect(banned).toMatchObject([{ of: "irc.test", text: expect.stringContaining("banned") }]);
    expect(errorOf(await romeo.says("oper%irc.test", "let me in"))).toMatchObject({ final: true });
    expect(errorOf(await romeo.joins("#verona%irc.test", "romeo"))).toMatchObject({ final: true });
    await oper.quit();
    await romeo.close();
    await server.stop();
  });
});
