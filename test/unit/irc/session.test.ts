import { describe, expect, it } from "vitest";
import { MAX_CORRESPONDENTS } from "../../../adapters/irc/correspondents.ts";
import { MAX_SERVERS } from "../../../adapters/irc/session.ts";
import { DeliveryError } from "../../../src/domain/errors.ts";
import { type FakeConnection, ROOM, Stage } from "./fake.ts";

const FROM = "romeo@example.org/a";
const join = (conversation: string) => ({ kind: "join", from: FROM, conversation, nick: "romeo" }) as const;

/** The server takes the JOIN and never says anything. */
function silence(irc: FakeConnection): void {
  irc.join = () => {};
}

describe("joining", () => {
  it("ends in words when the server never lets us in", async () => {
    const stage = new Stage();
    const joined = stage.does(join(ROOM));
    stage.clock.pass(30_000);
    const [outcome] = await joined;
    expect(outcome).toMatchObject({ condition: "remote-server-timeout", final: true });
  });

  it("ends in words when the server never answers the JOIN", async () => {
    const stage = new Stage();
    const joined = stage.does(join(ROOM));
    silence(stage.irc);
    stage.irc.welcome();
    await stage.settle();
    stage.clock.pass(30_000);
    const [outcome] = await joined;
    expect(outcome).toMatchObject({ condition: "remote-server-timeout", final: true });
    expect(stage.session.inRoom(ROOM)).toBe(false);
  });

  it("ends at once when the first connection fails, and does not go on trying", async () => {
    const stage = new Stage();
    const joined = stage.does(join(ROOM));
    stage.irc.lose();
    expect((await joined)[0]).toBeInstanceOf(DeliveryError);
    expect(stage.irc.closed).toBe(true);
  });

  it("waits for a server that is away when the gateway itself was restarted", async () => {
    const stage = new Stage();
    const joined = stage.does({ ...join(ROOM), restore: true });
    stage.irc.lose();
    expect((await joined)[0]).toMatchObject({ kind: "temporary" });
  });

  it("puts what is said before the list of names behind the roster", async () => {
    const stage = new Stage();
    const joined = stage.does(join(ROOM));
    silence(stage.irc);
    stage.irc.welcome();
    await stage.settle();
    stage.irc.event("join", { nick: "romeo", channel: "#verona" });
    stage.irc.says("juliet", "#verona", "early");
    stage.irc.members = ["juliet"];
    stage.irc.names("#verona");
    stage.irc.says("juliet", "#verona", "late");
    stage.irc.handler.readEnd();
    await joined;
    expect(stage.kinds()).toEqual(["joined", "message", "message"]);
  });

  it("is bounded: so many servers for one user", async () => {
    const stage = new Stage();
    for (let i = 0; i < MAX_SERVERS; i++) void stage.does(join(`#a%irc${i}.example.net`));
    const [outcome] = await stage.does(join("#a%one-more.example.net"));
    expect(outcome).toMatchObject({ condition: "resource-constraint", final: true });
    await stage.session.close("bye", 0);
  });
});

describe("what is said to the user alone", () => {
  it("comes from the contact, or from the room through which the user last wrote", async () => {
    const stage = new Stage();
    await stage.enter("juliet");
    const write = (more: object) =>
      stage.does({ kind: "message", from: FROM, conversation: ROOM, text: "x", manner: "plain", ...more });
    const heard = async () => {
      stage.irc.says("Juliet", "romeo", "psst");
      stage.irc.handler.readEnd();
      await stage.settle();
      return stage.host.events.all.at(-1);
    };
    expect(await heard()).toMatchObject({ conversation: "juliet%irc.example.net" });
    await write({ nick: "Juliet" });
    expect(await heard()).toMatchObject({ conversation: ROOM, nick: "Juliet", private: true });
    stage.irc.event("nick", { nick: "juliet", new_nick: "capulet" });
    stage.irc.says("capulet", "romeo", "psst");
    stage.irc.handler.readEnd();
    await stage.settle();
    expect(stage.host.events.all.at(-1)).toMatchObject({
      conversation: ROOM,
      nick: "capulet",
      private: true,
    });
    await write({ conversation: "capulet%irc.example.net" });
    stage.irc.says("capulet", "romeo", "psst");
    stage.irc.handler.readEnd();
    await stage.settle();
    expect(stage.host.events.all.at(-1)).toMatchObject({ conversation: "capulet%irc.example.net" });
  });

  it("is remembered for a bounded number of nicks", async () => {
    const stage = new Stage();
    await stage.enter();
    for (let i = 0; i <= MAX_CORRESPONDENTS; i++) {
      const nick = `person${i}`;
      await stage.does({ kind: "message", from: FROM, conversation: ROOM, nick, text: "x", manner: "plain" });
    }
    stage.irc.says("person0", "romeo", "forgotten");
    stage.irc.says("person1", "romeo", "remembered");
    stage.irc.handler.readEnd();
    await stage.settle();
    expect(await stage.host.said("forgotten")).toMatchObject({ conversation: "person0%irc.example.net" });
    expect(await stage.host.said("remembered")).toMatchObject({ conversation: ROOM });
  });
});

describe("what the server says", () => {
  it("shows the message of the day once, as one message from the server's address", async () => {
    const stage = new Stage();
    await stage.enter();
    for (let i = 0; i < 2; i++) stage.irc.event("motd", { motd: "undefinedWelcome\nto the server\n" });
    stage.irc.handler.readEnd();
    await stage.settle();
    const shown = stage.host.texts("irc.example.net");
    expect(shown).toEqual(["Welcome\nto the server"]);
  });

  it("shows what is said to a channel's operators with a note, and to the user alone, so that no history has it", async () => {
    const stage = new Stage();
    await stage.enter("juliet");
    stage.irc.says("juliet", "@#verona", "ops only");
    stage.irc.says("juliet", "+#verona", "voices only");
    stage.irc.handler.readEnd();
    await stage.settle();
    for (const text of ["[to @] ops only", "[to +] voices only"]) {
      const said = await stage.host.said(text);
      expect(said).toMatchObject({ conversation: ROOM, nick: "juliet", private: true });
    }
  });

  it("passes errors on that nothing asked for", async () => {
    const stage = new Stage();
    await stage.enter();
    stage.irc.error("599", "#elsewhere");
    stage.irc.handler.readEnd();
    await stage.settle();
    expect(stage.host.texts("irc.example.net")).toEqual(["#elsewhere says the server"]);
  });

  it("survives events without sense", async () => {
    const stage = new Stage();
    await stage.enter("juliet");
    const names = [
      "join",
      "part",
      "kick",
      "quit",
      "nick",
      "mode",
      "topic",
      "topicsetby",
      "userlist",
      "invite",
      "away",
    ];
    for (const name of [
      ...names,
      "back",
      "motd",
      "whois",
      "channel list",
      "channel list end",
      "channel info",
    ]) {
      for (const event of [
        {},
        { channel: "#verona" },
        { channel: "#verona", nick: 7, modes: [{}], users: [{}] },
      ]) {
        stage.irc.event(name, event);
      }
    }
    stage.irc.handler.readEnd();
    expect(await stage.says("still here")).toMatchObject([{ nick: "romeo" }]);
  });
});

describe("away", () => {
  it("is told to all servers, and again after a reconnection", async () => {
    const stage = new Stage();
    await stage.enter();
    const presence = { kind: "presence", from: FROM, conversation: "-" } as const;
    await stage.does({ ...presence, away: "at lunch\nback soon" });
    expect(stage.irc.written.at(-1)).toEqual(["AWAY", "at lunch back soon"]);
    stage.irc.lose();
    stage.irc.written.length = 0;
    stage.irc.welcome();
    expect(stage.irc.written[0]).toEqual(["AWAY", "at lunch back soon"]);
    await stage.settle();
    await stage.does(presence);
    expect(stage.irc.written.at(-1)).toEqual(["AWAY"]);
  });
});

describe("a session without a room", () => {
  it("is idle after a while, and its connection is closed", async () => {
    const stage = new Stage();
    await stage.enter();
    expect(stage.session.idle).toBe(false);
    await stage.does({ kind: "leave", from: FROM, conversation: ROOM });
    expect(stage.session.idle).toBe(false);
    stage.clock.pass(300_000);
    await stage.settle();
    expect(stage.session.idle).toBe(true);
    expect(stage.irc.closed).toBe(true);
  });
});

it("keeps a connection without a room while core has not taken what was read from it", async () => {
  const stage = new Stage();
  await stage.enter();
  await stage.does({ kind: "leave", from: FROM, conversation: ROOM });
  const refused = stage.host.refuse();
  stage.irc.says("juliet", "romeo", "kept");
  stage.irc.handler.readEnd();
  await refused;
  stage.clock.pass(300_000);
  expect(stage.irc.closed).toBe(false);
  stage.host.accept();
  stage.session.resume();
  expect(await stage.host.said("kept")).toBeDefined();
  await stage.settle();
  stage.clock.pass(300_000);
  await stage.settle();
  expect(stage.irc.closed).toBe(true);
});

it("is told once that a server will not have the user; a join asks again", async () => {
  const stage = new Stage();
  await stage.enter();
  const ban = { state: "banned", text: "You are banned: begone.", condition: "forbidden" } as const;
  stage.irc.handler.report(ban);
  await stage.settle();
  expect(stage.host.events.all.at(-1)).toMatchObject({ kind: "parted", why: "gone", text: ban.text });
  expect(stage.host.states.all).toMatchObject([
    { state: "connected" },
    { state: "banned", of: "irc.example.net" },
  ]);
  const contact = "juliet%irc.example.net";
  const old = stage.irc;
  const [outcome] = await stage.does({
    kind: "message",
    from: FROM,
    conversation: contact,
    text: "x",
    manner: "plain",
  });
  expect(outcome).toMatchObject({ condition: "forbidden", final: true });
  expect(stage.irc).toBe(old);
  void stage.does(join(ROOM));
  expect(stage.irc).not.toBe(old);
  await stage.session.close("bye", 0);
});
