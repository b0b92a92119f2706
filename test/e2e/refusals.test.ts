import { createServer, type Server } from "node:net";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { freePort } from "../support/ports.ts";
import { GATEWAY, IRC, plainWorld, room, WORLDS, type World } from "../support/world.ts";
import { errorOf, from, isError, type Stanza, type XmppClient, xml } from "../support/xmpp-client.ts";

/** Every join ends: in the room, or in a presence error that says why. */

/** Asks to join and gives the error that answers. */
async function refusal(user: XmppClient, jid: string, password?: string): Promise<Stanza> {
  await user.requestJoin(jid, "romeo", password === undefined ? {} : { password });
  return user.waitFor(
    (one) => one.is("presence") && from(one, jid) && isError(one),
    `refusal by ${jid}`,
    45_000,
  );
}

describe.each(WORLDS)("a join that is refused: %s", (_name, build) => {
  let world: World;
  beforeAll(async () => {
    world = await build();
  });
  afterEach(() => world.everybodyOut());
  afterAll(() => world.end());

  it.each([
    ["#full", "+l 1", "service-unavailable", "471"],
    ["#invited", "+i", "registration-required", "473"],
    ["#banned", "+b romeo!*@*", "forbidden", "474"],
    ["#locked", "+k mellon", "not-authorized", "475"],
  ])("%s with %s answers %s (%s) with a reason in words", async (channel, modes, condition) => {
    const alice = await world.peer("alice");
    await alice.join(channel);
    await alice.mode(channel, modes);
    const romeo = await world.user("romeo");
    const error = errorOf(await refusal(romeo, room(channel)));
    expect(error.condition).toBe(condition);
    expect(error.text).toMatch(/\w+ .*\w/);
    expect(alice.lines.all.some((line) => line.command === "JOIN" && line.from === "romeo")).toBe(false);
  });

  it("opens with the right password, and not with a wrong one", async () => {
    const alice = await world.peer("alice");
    await alice.join("#key");
    await alice.mode("#key", "+k mellon");
    const romeo = await world.user("romeo");
    expect(errorOf(await refusal(romeo, room("#key"), "friend")).condition).toBe("not-authorized");
    await romeo.join(room("#key"), "romeo", { password: "mellon" });
  });

  it("does not disturb other rooms", async () => {
    const alice = await world.peer("alice");
    await alice.join("#open");
    await alice.join("#closed");
    await alice.mode("#closed", "+i");
    const romeo = await world.user("romeo");
    await romeo.join(room("#open"), "romeo");
    await refusal(romeo, room("#closed"));
    alice.say("#open", "still with us?");
    await romeo.waitForBody(`${room("#open")}/alice`, "still with us?");
  });
});

describe("a join that cannot reach its server", () => {
  let world: World;
  let silent: Server;
  const servers = { refused: 0, silent: 0 };
  beforeAll(async () => {
    servers.refused = await freePort();
    silent = createServer((socket) => socket.on("error", () => {}).resume());
    await new Promise<void>((resolve) => silent.listen(0, "127.0.0.1", resolve));
    const address = silent.address();
    servers.silent = typeof address === "object" && address !== null ? address.port : 0;
    world = await plainWorld({
      irc: {
        timeout: "5s",
        servers: {
          "refused.test": { host: "127.0.0.1", port: servers.refused, tls: false },
          "silent.test": { host: "127.0.0.1", port: servers.silent, tls: false },
          "unknown.test": { host: "no-such-host.invalid", port: 6667, tls: false },
        },
      },
    });
  });
  afterEach(() => world.everybodyOut());
  afterAll(async () => {
    await world.end();
    await new Promise((resolve) => silent.close(resolve));
  });

  it.each([
    ["refused.test", /refus|connect|reach/i],
    ["unknown.test", /name|address|found|reach|host/i],
    ["silent.test", /time|answer/i],
  ])("%s ends with a sentence that says so", async (server, words) => {
    const romeo = await world.user("romeo");
    const error = errorOf(await refusal(romeo, `#verona%${server}@${GATEWAY}`));
    expect(error.condition).toMatch(/^remote-server-(not-found|timeout)$/);
    expect(error.text).toMatch(words);
  });
});

describe("a user who is not allowed", () => {
  let world: World;
  beforeAll(async () => {
    world = await plainWorld({ allow: ["romeo@example.org"] });
  });
  afterAll(() => world.end());

  it("gets forbidden for everything, and reaches no IRC server", async () => {
    const alice = await world.peer("alice");
    await alice.join("#verona");
    const tybalt = await world.user("tybalt");
    expect(errorOf(await refusal(tybalt, room("#verona"))).condition).toBe("forbidden");
    const id = await tybalt.say(`alice%${IRC}@${GATEWAY}`, "let me in");
    expect(errorOf(await tybalt.waitForError(id)).condition).toBe("forbidden");
    const info = await tybalt.iq(
      "get",
      GATEWAY,
      xml("query", { xmlns: "http://jabber.org/protocol/disco#info" }),
    );
    expect(errorOf(info).condition).toBe("forbidden");

    const romeo = await world.user("romeo");
    await romeo.join(room("#verona"), "romeo");
    expect(alice.lines.all.filter((line) => line.command === "JOIN").map((line) => line.from)).toEqual([
      "alice",
      "romeo",
    ]);
  });
});
