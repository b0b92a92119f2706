import { expect, it } from "vitest";
import { type SlicingProxy, slicingProxy } from "../support/slicing-proxy.ts";
import { plainWorld, room, type World } from "../support/world.ts";

/** Measures 6 and 8: what the network does to bytes, and peers that fall silent. */

const CHANNEL = "#verona";
const ROOM = room(CHANNEL);

/** Every length of UTF-8, combining marks, right-to-left, joined emoji, markup and quotes. */
const TEXTS = [
  "Grüße aus Köln – „ſtraße“",
  "Ἡ φύσις κρύπτεσθαι φιλεῖ",
  "Съешь же ещё этих мягких французских булок",
  "你好，世界。こんにちは 안녕하세요",
  "שלום עולם وَالسَّلَامُ عَلَيْكُم",
  "e\u0301 a\u0308\u0323 ท\u0e35\u0e48น\u0e35\u0e48",
  "👩‍👩‍👧‍👦 🏴󠁧󠁢󠁳󠁣󠁴󠁿 🌉 𝒱𝑒𝓇𝑜𝓃𝒶",
  `<b a='1' c="2">&amp; & ]]> <!-- not --> &#0;</b>`,
];

interface Wires {
  readonly world: World;
  readonly xmpp: SlicingProxy;
  readonly irc: SlicingProxy;
}

async function wired(slice: number, xmppOptions: Record<string, unknown> = {}): Promise<Wires> {
  const wires: { xmpp?: SlicingProxy; irc?: SlicingProxy } = {};
  const world = await plainWorld({
    xmpp: xmppOptions,
    through: async ({ xmpp, irc }) => {
      wires.xmpp = await slicingProxy({ port: xmpp.componentPort, slice });
      wires.irc = await slicingProxy({ port: irc.port, slice });
      return { xmpp: wires.xmpp.port, irc: wires.irc.port };
    },
  });
  return { world, xmpp: wires.xmpp as SlicingProxy, irc: wires.irc as SlicingProxy };
}

async function ended({ world, xmpp, irc }: Wires): Promise<void> {
  await world.end();
  await xmpp.stop();
  await irc.stop();
}

it.each([1, 2, 3])(
  "every read is sliced to %d byte(s) on both sides: all text arrives byte for byte",
  async (slice) => {
    const wires = await wired(slice);
    try {
      const { world } = wires;
      const alice = await world.peer("alice");
      await alice.join(CHANNEL);
      const romeo = await world.user("romeo");
      await romeo.join(ROOM, "romeo");
      for (const text of TEXTS) {
        await romeo.say(ROOM, text, "groupchat");
        await alice.waitForText(CHANNEL, text);
        alice.say(CHANNEL, text);
        await romeo.waitForBody(`${ROOM}/alice`, text);
      }
    } finally {
      await ended(wires);
    }
  },
);

it("an XMPP server that falls silent is found, and what peers said arrives over a new stream", async () => {
  const limits = { ping_interval: "1s", ping_timeout: "1s", reconnect_first: "200ms" };
  const quick = await wired(Number.POSITIVE_INFINITY, { limits });
  try {
    const { world, xmpp } = quick;
    const alice = await world.peer("alice");
    await alice.join(CHANNEL);
    const romeo = await world.user("romeo");
    await romeo.join(ROOM, "romeo");
    xmpp.freeze();
    alice.say(CHANNEL, "into the silence");
    await romeo.waitForBody(`${ROOM}/alice`, "into the silence", 30_000);
    expect(xmpp.open).toBeGreaterThan(1);
  } finally {
    await ended(quick);
  }
});

it("an IRC server that falls silent is found within 90 s, the room is entered again, and what waited is sent", async () => {
  const wires = await wired(Number.POSITIVE_INFINITY);
  try {
    const { world, irc } = wires;
    const alice = await world.peer("alice");
    await alice.join(CHANNEL);
    const romeo = await world.user("romeo");
    await romeo.join(ROOM, "romeo");
    irc.freeze();
    await romeo.say(ROOM, "into the silence", "groupchat");
    await alice.waitForText(CHANNEL, "into the silence", 110_000);
  } finally {
    await ended(wires);
  }
});
