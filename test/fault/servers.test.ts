import { expect, it } from "vitest";
import { type SlicingProxy, slicingProxy } from "../support/slicing-proxy.ts";
import { gatewayBack, plainWorld, room, type WorldOptions } from "../support/world.ts";
import { summary, Traffic, until } from "./traffic.ts";

/** Measure 5: either server restarts while messages flow. */

const CHANNEL = "#verona";
const ROOM = room(CHANNEL);
const RESTARTS = 3;
/** Messages on their way at one moment, at 50 messages/s: what may come twice per fault. */
const IN_FLIGHT = 10;
const CUTS = 5;

it("the XMPP server restarts: what peers say in the meantime arrives, nothing is lost, the order is kept", async () => {
  const world = await plainWorld();
  try {
    const alice = await world.peer("alice");
    await alice.join(CHANNEL);
    let romeo = await world.user("romeo");
    await romeo.join(ROOM, "romeo");
    const traffic = new Traffic({ channel: CHANNEL, room: ROOM, alice, romeo });
    for (let restart = 0; restart < RESTARTS; restart++) {
      traffic.start(["in"]);
      await traffic.flowing(50);
      await world.xmpp.restart();
      romeo = await world.user("romeo");
      traffic.use({ romeo });
      await gatewayBack(romeo);
      await romeo.requestJoin(ROOM, "romeo");
      await traffic.flowing(50);
      traffic.pause();
      traffic.acceptAll();
      await traffic.verdict();
    }
    const verdict = await traffic.verdict();
    console.log(summary(`XMPP server restarted ${RESTARTS} times`, verdict));
    expect(verdict).toMatchObject({ lost: [], outOfOrder: [], foreign: [], afterFailure: [], toldTwice: [] });
    expect(verdict.twice.length).toBeLessThanOrEqual(RESTARTS * IN_FLIGHT);
  } finally {
    await world.end();
  }
});

it("the IRC server restarts: what the user says waits, the room is entered again, the user is told of both", async () => {
  let proxy: SlicingProxy | undefined;
  const through: WorldOptions["through"] = async ({ irc }) => {
    proxy = await slicingProxy({ port: irc.port, slice: Number.POSITIVE_INFINITY });
    return { irc: proxy.port };
  };
  const world = await plainWorld({ through });
  try {
    let alice = await world.peer("alice");
    await alice.join(CHANNEL);
    const romeo = await world.user("romeo");
    await romeo.join(ROOM, "romeo");
    const traffic = new Traffic({ channel: CHANNEL, room: ROOM, alice, romeo });
    for (let restart = 0; restart < RESTARTS; restart++) {
      traffic.start(["out"]);
      await traffic.flowing(50);
      // The far end has to be there first, or it could not see what arrives.
      proxy?.refuse(true);
      await world.irc.restart();
      alice = await world.peer("alice");
      await alice.join(CHANNEL);
      traffic.use({ alice });
      proxy?.refuse(false);
      await traffic.flowing(50);
      traffic.pause();
      traffic.acceptAll();
      await traffic.verdict();
      await romeo.waitFor(
        (one) => /\bconnection\b/i.test(one.getChildText("body") ?? ""),
        "word of the lost connection",
      );
      await romeo.waitFor(
        (one) => /reconnected/i.test(one.getChildText("body") ?? ""),
        "word of the reconnection",
      );
    }
    const verdict = await traffic.verdict();
    console.log(summary(`IRC server restarted ${RESTARTS} times`, verdict));
    expect(verdict).toMatchObject({ lost: [], outOfOrder: [], foreign: [], afterFailure: [], toldTwice: [] });
    expect(verdict.twice.length).toBeLessThanOrEqual(RESTARTS * IN_FLIGHT);
  } finally {
    await world.end();
    await proxy?.stop();
  }
});

it("the component's stream is cut every other moment: every message comes out", async () => {
  let proxy: SlicingProxy | undefined;
  const through: WorldOptions["through"] = async ({ xmpp }) => {
    proxy = await slicingProxy({ port: xmpp.componentPort, slice: Number.POSITIVE_INFINITY });
    return { xmpp: proxy.port };
  };
  const world = await plainWorld({ through });
  try {
    const alice = await world.peer("alice");
    await alice.join(CHANNEL);
    const romeo = await world.user("romeo");
    await romeo.join(ROOM, "romeo");
    const traffic = new Traffic({ channel: CHANNEL, room: ROOM, alice, romeo });
    for (let cut = 0; cut < CUTS; cut++) {
      traffic.start(["in"]);
      await traffic.flowing(30);
      proxy?.cut();
      await until(() => (proxy?.open ?? 0) > 0, "new stream of the component");
      await traffic.flowing(30);
      traffic.pause();
      traffic.acceptAll();
    }
    const verdict = await traffic.verdict();
    console.log(summary(`stream cut ${CUTS} times`, verdict));
    expect(verdict).toMatchObject({ lost: [], outOfOrder: [], foreign: [], afterFailure: [], toldTwice: [] });
    expect(verdict.twice.length).toBeLessThanOrEqual(CUTS * IN_FLIGHT);
  } finally {
    await world.end();
    await proxy?.stop();
  }
});
