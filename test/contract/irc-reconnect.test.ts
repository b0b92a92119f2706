import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { startInspircd } from "../support/inspircd.ts";
import { type IrcPeer, ircPeer } from "../support/irc-peer.ts";
import { IRC_OPERATOR, type IrcServer, startNgircd } from "../support/ngircd.ts";
import { type SlicingProxy, slicingProxy } from "../support/slicing-proxy.ts";
import { errorOf, ircAdapter, User } from "./irc-world.ts";

/** Resolves when somebody came into the room, as others see it or in a list of names. */
function arrival(user: User, nick: string): Promise<unknown> {
  return user.host.events.waitFor(
    (event) => event.kind === "occupants" && event.occupants.some((occupant) => occupant.nick === nick),
    `${nick} coming`,
    30_000,
  );
}

function returned(user: User): Promise<unknown> {
  return user.host.events.waitFor(
    (event) => event.kind === "note" && event.text.startsWith("Reconnected"),
    "the note of the return",
    30_000,
  );
}

describe("a server that goes away and comes back", () => {
  let server: IrcServer;
  beforeAll(async () => {
    server = await startNgircd();
  });
  afterAll(() => server?.stop());

  it("keeps its rooms, holds what is said, and comes back into them with who is there now", async () => {
    const room = "#verona%irc.test";
    const romeo = new User(ircAdapter(server), "romeo");
    const juliet = await ircPeer({ host: server.host, port: server.port, nick: "juliet" });
    await juliet.join("#verona");
    await romeo.joins(room, "romeo");
    await server.kill();
    expect((await romeo.host.next("note", room)).text).toContain("irc.test");
    expect(romeo.session.inRoom?.(room)).toBe(false);
    expect(errorOf(await romeo.says(room, "held")).final).toBe(false);
    await server.restart();
    const tybalt = await ircPeer({ host: server.host, port: server.port, nick: "tybalt" });
    await tybalt.join("#verona");
    await Promise.all([arrival(romeo, "tybalt"), returned(romeo)]);
    expect((await romeo.host.next("left", room)).nicks).toEqual(["juliet"]);
    expect(await romeo.says(room, "held")).toMatchObject({ nick: "romeo" });
    await tybalt.waitForText("#verona", "held");
    const states = romeo.host.states.all.map(({ state }) => state);
    expect(states).toEqual(["connected", "connected", "transient-disconnect", "connected"]);
    await Promise.all([romeo.close(), tybalt.quit()]);
  });
});

describe("a server that moves people about", () => {
  let server: IrcServer;
  let oper: IrcPeer;
  let line: SlicingProxy;
  beforeAll(async () => {
    server = await startInspircd();
    line = await slicingProxy({ port: server.port, slice: Number.POSITIVE_INFINITY });
    oper = await ircPeer({ host: server.host, port: server.port, nick: "oper" });
    oper.send(`OPER ${IRC_OPERATOR.name} ${IRC_OPERATOR.password}`);
    await oper.waitFor((line) => line.command === "381", "operator");
  });
  afterAll(async () => {
    await oper?.quit();
    await line?.stop();
    await server?.stop();
  });

  it("lets the user in again with the key", async () => {
    await oper.join("#locked");
    await oper.mode("#locked", "+k sesame");
    const romeo = new User(ircAdapter(line), "romeo");
    await romeo.joins("#locked%irc.test", "romeo", "sesame");
    line.cut();
    await returned(romeo);
    expect(romeo.session.inRoom?.("#locked%irc.test")).toBe(true);
    await romeo.close();
  });

  it("does not let the user in again: the room ends, and says why", async () => {
    const room = "#mantua%irc.test";
    await oper.join("#mantua");
    const romeo = new User(ircAdapter(line), "romeo");
    await romeo.joins(room, "romeo");
    await oper.mode("#mantua", "+i");
    line.cut();
    const parted = await romeo.host.events.waitFor((event) => event.kind === "parted", "parted", 30_000);
    expect(parted).toMatchObject({
      conversation: room,
      why: "gone",
      text: expect.stringContaining("invited people"),
    });
    expect(errorOf(await romeo.says(room, "hello?")).final).toBe(true);
    await romeo.close();
  });

  it("puts the user into a channel: that is an invitation", async () => {
    const romeo = new User(ircAdapter(server), "romeo");
    await romeo.joins("#first%irc.test", "romeo");
    oper.send("SAJOIN romeo #forced");
    const invited = await romeo.host.next("invited", "#forced%irc.test");
    expect(invited).toMatchObject({ room: "#forced%irc.test", by: "irc.test" });
    expect(await romeo.joins("#forced%irc.test", "romeo")).toMatchObject({ nick: "romeo" });
    expect(await romeo.host.next("joined", "#forced%irc.test")).toMatchObject({ nick: "romeo" });
    await romeo.close();
  });

  it("renames the user", async () => {
    const romeo = new User(ircAdapter(server), "romeo");
    await romeo.joins("#first%irc.test", "romeo");
    oper.send("SANICK romeo montague");
    expect(await romeo.host.next("renamed", "#first%irc.test")).toMatchObject({
      newNick: "montague",
      self: true,
    });
    expect(await romeo.says("#first%irc.test", "who am I?")).toMatchObject({ nick: "montague" });
    await romeo.close();
  });

  it("forwards to another channel: the user is told where to go, and put nowhere", async () => {
    const keeper = await ircPeer({ host: server.host, port: server.port, nick: "keeper" });
    await keeper.join("#full");
    await keeper.join("#other");
    await keeper.mode("#full", "+lL 1 #other");
    const romeo = new User(ircAdapter(server), "romeo");
    const error = errorOf(await romeo.joins("#full%irc.test", "romeo"));
    expect(error).toMatchObject({ condition: "gone", final: true });
    expect(error.text).toContain("#other%irc.test@net.example.org");
    await keeper.waitFor((line) => line.command === "PART" && line.from === "romeo", "romeo leaving #other");
    await Promise.all([romeo.close(), keeper.quit()]);
  });
});
