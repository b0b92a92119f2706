import { expect, it } from "vitest";
import { plainWorld, room } from "../support/world.ts";
import { seeded, summary, Traffic } from "./traffic.ts";

/** Measures 1 and 7: the gateway dies, or is told to end, while messages flow both ways. */

const CHANNEL = "#verona";
const ROOM = room(CHANNEL);
const KILLS = 20;
/** Messages on their way at one moment, at 100 messages/s: what may come twice per fault. */
const IN_FLIGHT = 10;

it("kill -9, 20 times under load: nothing accepted is lost, the order is kept, what comes twice was in flight", async () => {
  const world = await plainWorld();
  try {
    const alice = await world.peer("alice");
    await alice.join(CHANNEL);
    const romeo = await world.user("romeo");
    await romeo.join(ROOM, "romeo");
    const traffic = new Traffic({ channel: CHANNEL, room: ROOM, alice, romeo });
    const random = seeded(20_261_121);
    for (let kill = 0; kill < KILLS; kill++) {
      traffic.start();
      await traffic.flowing(20 + Math.floor(random() * 60));
      await world.gateway.kill9();
      traffic.pause();
      traffic.acceptJournalled(world.gateway.dataDir);
      await world.gateway.start();
    }
    // No fault in the last leg: everything offered in it has to come out.
    traffic.start();
    traffic.acceptFromHere();
    await traffic.flowing(50);
    traffic.pause();
    const verdict = await traffic.verdict();
    console.log(summary(`kill -9 ${KILLS} times`, verdict));
    expect(verdict).toMatchObject({ lost: [], outOfOrder: [], foreign: [], afterFailure: [], toldTwice: [] });
    expect(verdict.twice.length).toBeLessThanOrEqual(KILLS * IN_FLIGHT);
    expect(verdict.delivered).toBeGreaterThan(KILLS * 20);
  } finally {
    await world.end();
  }
});

it("SIGTERM under load: ends within 10 s with code 0; everything offered came out once or its sender was told", async () => {
  const world = await plainWorld();
  try {
    const alice = await world.peer("alice");
    await alice.join(CHANNEL);
    const romeo = await world.user("romeo");
    await romeo.join(ROOM, "romeo");
    const traffic = new Traffic({ channel: CHANNEL, room: ROOM, alice, romeo });
    traffic.start(["out"]);
    await traffic.flowing(100);
    const begun = Date.now();
    const exit = await world.gateway.stop();
    const took = Date.now() - begun;
    traffic.pause();
    // What waits in the journal is not lost: the next life delivers it, or tells its sender.
    await world.gateway.start();
    await romeo.sync();
    traffic.acceptAll();
    const verdict = await traffic.verdict();
    console.log(`${summary("SIGTERM", verdict)}, ${took} ms`);
    expect(exit).toEqual({ code: 0, signal: null });
    expect(took).toBeLessThan(10_000);
    expect(verdict).toMatchObject({
      lost: [],
      twice: [],
      outOfOrder: [],
      foreign: [],
      afterFailure: [],
      toldTwice: [],
    });
  } finally {
    await world.end();
  }
});
