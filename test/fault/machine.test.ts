import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { makeFolder, removeFolder, run } from "../support/process.ts";
import { plainWorld, room, type World } from "../support/world.ts";
import { errorOf, isError, type XmppClient } from "../support/xmpp-client.ts";
import { smallDisk } from "../unit/sqlite/small-disk.ts";
import { summary, Traffic } from "./traffic.ts";

/** Measure 10: what the machine under the gateway may do to it. */

const CHANNEL = "#verona";
const ROOM = room(CHANNEL);
const HOUR = 3_600_000;
const NOTHING_WRONG = { lost: [], twice: [], outOfOrder: [], foreign: [], afterFailure: [], toldTwice: [] };

async function talking(world: World): Promise<{ traffic: Traffic; romeo: XmppClient }> {
  const alice = await world.peer("alice");
  await alice.join(CHANNEL);
  const romeo = await world.user("romeo");
  await romeo.join(ROOM, "romeo");
  return { traffic: new Traffic({ channel: CHANNEL, room: ROOM, alice, romeo }), romeo };
}

it("the disk is full: what comes is refused in words, nothing accepted is lost, and it goes on with room", async (context) => {
  const disk = smallDisk(context, "16m");
  const world = await plainWorld({ config: { data_dir: join(disk.folder, "data") } }).catch(
    (error: unknown) => {
      disk.remove();
      throw error;
    },
  );
  try {
    const { traffic, romeo } = await talking(world);
    traffic.start();
    await traffic.flowing(50);
    disk.fill(0);
    for (let refused = 0; refused < 20; refused++) {
      const error = await romeo.waitFor(
        (stanza) => stanza.is("message") && isError(stanza),
        "refusal",
        30_000,
      );
      expect(errorOf(error)).toMatchObject({
        condition: "resource-constraint",
        text: expect.stringMatching(/cannot take more messages now/),
      });
    }
    disk.empty();
    await traffic.flowing(100);
    traffic.pause();
    traffic.acceptAll();
    const verdict = await traffic.verdict();
    console.log(summary("disk full", verdict));
    expect(verdict).toMatchObject(NOTHING_WRONG);
    expect(await world.gateway.stop()).toEqual({ code: 0, signal: null });
  } finally {
    await world.end();
    disk.remove();
  }
});

it("the clock goes an hour forward and back under load: nothing is lost or comes twice, nobody is dropped", async () => {
  const folder = makeFolder("clock");
  const file = join(folder, "offset");
  const preload = new URL("./clock-preload.ts", import.meta.url).href;
  const world = await plainWorld({ env: { NODE_OPTIONS: `--import ${preload}`, CLOCK_FILE: file } });
  try {
    const { traffic } = await talking(world);
    const jump = async (offset: number) => {
      writeFileSync(file, String(offset));
      world.gateway.signal("SIGUSR2");
      await world.gateway.waitForLog(({ msg }) => msg === `clock ${offset}`, `clock at ${offset}`);
    };
    traffic.start();
    await traffic.flowing(50);
    for (const offset of [HOUR, 0, -HOUR, 0]) {
      await jump(offset);
      await traffic.flowing(50);
    }
    traffic.pause();
    traffic.acceptAll();
    const verdict = await traffic.verdict();
    console.log(summary("clock set", verdict));
    expect(verdict).toMatchObject(NOTHING_WRONG);
    const broken = world.gateway.logs().filter(({ state }) => state === "transient-disconnect");
    expect(broken).toEqual([]);
  } finally {
    await world.end();
    removeFolder(folder);
  }
});

it("64 file handles: who finds none is told in words, the others go on, nothing is lost, and with more all get in", async () => {
  const handles = (count: number) =>
    run("prlimit", ["--pid", String(world.gateway.pid), `--nofile=${count}:4096`], { name: "prlimit" });
  const hosts = Array.from({ length: 20 }, (_, index) => `irc${index}.verona.test`);
  const world = await plainWorld({ hosts: Object.fromEntries(hosts.map((host) => [host, {}])) });
  try {
    const { traffic } = await talking(world);
    await handles(64);
    traffic.start();
    const others = await Promise.all(["juliet", "tybalt", "mercutio"].map((name) => world.user(name)));
    const rooms = others.flatMap((user, who) =>
      hosts.map((host, index) => ({ user, jid: `#x%${host}@irc.example.org`, nick: `n${who}x${index}` })),
    );
    const join = ({ user, jid, nick }: (typeof rooms)[number]) =>
      user.join(jid, nick).then(
        () => "in",
        (error: Error) => error.message,
      );
    const first = await Promise.all(rooms.map(join));
    const refused = rooms.filter((_, index) => first[index] !== "in");
    expect(refused.length).toBeGreaterThan(0);
    expect(refused.length).toBeLessThan(rooms.length);
    for (const answer of first) {
      if (answer !== "in") expect(answer).toMatch(/resource-constraint.*as many connections open as it may/);
    }
    await traffic.flowing(50);
    await handles(1_024);
    for (const one of refused) expect(await join(one)).toBe("in");
    traffic.pause();
    traffic.acceptAll();
    const verdict = await traffic.verdict();
    console.log(`${summary("64 file handles", verdict)}; ${refused.length} joins refused`);
    expect(verdict).toMatchObject(NOTHING_WRONG);
  } finally {
    await world.end();
  }
});
