import { afterEach, describe, expect, it } from "vitest";
import { GATEWAY, gatewayBack, plainWorld, room, type World } from "../support/world.ts";
import { errorOf, from, hasStatus } from "../support/xmpp-client.ts";

/** How the gateway comes and goes, as its users and its operator see it. */

const VERONA = room("#verona");
let world: World;
afterEach(() => world.end());

describe("the gateway", () => {
  it("leaves cleanly at SIGTERM: rooms are left in words, code 0; and comes back", async () => {
    world = await plainWorld();
    const alice = await world.peer("alice");
    await alice.join("#verona");
    const romeo = await world.user("romeo");
    await romeo.join(VERONA, "romeo");
    const exit = await world.gateway.stop();
    expect(exit).toEqual({ code: 0, signal: null });
    await alice.waitFor((line) => line.command === "QUIT" && line.from === "romeo", "QUIT of romeo");
    expect(errorOf(await romeo.ping(GATEWAY)).condition).toMatch(/./);
    await world.gateway.start();
    expect((await romeo.ping(GATEWAY)).attrs.type).toBe("result");
  });

  it("rejoins after a restart the rooms that its users are in, and they go on", async () => {
    world = await plainWorld();
    const alice = await world.peer("alice");
    await alice.join("#verona");
    const romeo = await world.user("romeo");
    await romeo.join(VERONA, "romeo");
    await world.gateway.kill9();
    await alice.waitFor((line) => line.command === "QUIT" && line.from === "romeo", "QUIT of romeo");
    alice.lines.takeAll();
    await world.gateway.start();
    await alice.waitFor((line) => line.command === "JOIN" && line.from === "romeo", "JOIN again", 30_000);
    alice.say("#verona", "welcome back");
    await romeo.waitForBody(`${VERONA}/alice`, "welcome back", 30_000);
    await romeo.say(VERONA, "thank you", "groupchat");
    await alice.waitForText("#verona", "thank you");
  });

  it("logs no secret", async () => {
    world = await plainWorld({ config: { log: { format: "json", level: "debug" } } });
    const romeo = await world.user("romeo");
    await romeo.join(VERONA, "romeo");
    expect(JSON.stringify(world.gateway.logs())).not.toContain("component-secret");
  });

  it("refuses a second instance on the same data in one line, and the first goes on", async () => {
    world = await plainWorld();
    const romeo = await world.user("romeo");
    await romeo.join(VERONA, "romeo");
    const { run } = await import("../support/process.ts");
    const main = new URL("../../src/main.ts", import.meta.url).pathname;
    const second = run(process.execPath, [main, "start", "--config", world.gateway.configFile], {
      name: "second",
    });
    await expect(second).rejects.toThrow(/^second failed \(code 1\):\n[^\n]+$/);
    await romeo.say(VERONA, "still here", "groupchat");
    await romeo.waitForBody(`${VERONA}/romeo`, "still here");
  });

  it("leaves a room for a client that logs off, and lets it in again", async () => {
    world = await plainWorld();
    const alice = await world.peer("alice");
    await alice.join("#verona");
    const romeo = await world.user("romeo");
    await romeo.join(VERONA, "romeo");
    await romeo.stop();
    await alice.waitFor(
      (line) => ["PART", "QUIT"].includes(line.command) && line.from === "romeo",
      "PART of romeo",
      30_000,
    );
    const again = await world.user("romeo");
    const self = await again.join(VERONA, "romeo");
    expect(hasStatus(self, 110)).toBe(true);
  });
});

describe("while the XMPP server is away", () => {
  it("what peers say is kept, and arrives afterwards in order with its time (XEP-0203)", async () => {
    world = await plainWorld();
    const alice = await world.peer("alice");
    await alice.join("#verona");
    const romeo = await world.user("romeo");
    await romeo.join(VERONA, "romeo");
    await world.xmpp.down();
    const said = Array.from({ length: 20 }, (_, index) => `while you were away ${index}`);
    for (const text of said) alice.say("#verona", text);
    await alice.sync();
    await world.xmpp.restart();
    const back = await world.user("romeo");
    await gatewayBack(back);
    await back.requestJoin(VERONA, "romeo");
    for (const text of said) {
      const message = await back.waitForBody(`${VERONA}/alice`, text, 45_000);
      expect(message.getChild("delay", "urn:xmpp:delay"), text).toBeDefined();
    }
    const bodies = back.stanzas.all
      .filter((one) => from(one, `${VERONA}/alice`))
      .map((one) => one.getChildText("body"));
    expect(bodies.filter((body) => body?.startsWith("while"))).toEqual(said);
    const parts = alice.lines.all.filter(
      (line) => ["PART", "QUIT"].includes(line.command) && line.from === "romeo",
    );
    expect(parts).toEqual([]);
  });
});
