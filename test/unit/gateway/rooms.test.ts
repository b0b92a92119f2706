import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { child, type Element, el } from "../../../src/domain/element.ts";
import { DeliveryError } from "../../../src/domain/errors.ts";
import { NS } from "../../../src/xmpp/codec/namespaces.ts";
import {
  BALCONY,
  bodies,
  DOMAIN,
  groupchat,
  JULIET_THERE,
  joinStanza,
  ROMEO,
  ROMEO_THERE,
  ROOM,
  speaks,
  World,
} from "./world.ts";

let world: World;
beforeEach(async () => {
  world = await new World().start();
});
afterEach(() => world.end());

/** The status codes of a presence. */
function codes(presence: Element | undefined): string[] {
  const x = presence && child(presence, "x", NS.mucUser);
  return (x?.children ?? []).flatMap((node) =>
    typeof node === "object" && node.name === "status" ? [node.attrs.code ?? ""] : [],
  );
}

describe("joining (XEP-0045 §7.2)", () => {
  it("shows the others, then oneself, then the subject", async () => {
    const seen = await world.joined(ROMEO, [ROMEO_THERE, JULIET_THERE]);
    expect(seen.map((stanza) => stanza.attrs.from)).toEqual([`${ROOM}/juliet`, `${ROOM}/romeo`, ROOM]);
    expect(codes(seen[1])).toEqual(["110"]);
    expect(child(seen[2] ?? el("none"), "subject")).toBeDefined();
  });

  it("says 210 where the network gave another nick than asked for", async () => {
    await world.receive(joinStanza(ROMEO));
    const other = { ...ROMEO_THERE, nick: "romeo_" };
    const seen = await world.happens({
      kind: "joined",
      conversation: "#a",
      to: ROMEO,
      nick: "romeo_",
      occupants: [other],
    });
    expect(codes(seen[0])).toEqual(["110", "210"]);
    expect(seen[0]?.attrs.from).toBe(`${ROOM}/romeo_`);
  });

  it("without a nick is malformed (§7.2.1)", async () => {
    const [error] = await world.receive(
      el("presence", { from: ROMEO, to: ROOM }, el("x", { xmlns: NS.muc })),
    );
    expect(child(error?.children[0] as Element, "jid-malformed")).toBeDefined();
  });

  it("that the network refuses ends in a presence error with the reason, and leaves no trace", async () => {
    world.network.answer = () =>
      new DeliveryError("permanent", "You are banned from #a.", { condition: "forbidden", code: "474" });
    const [error] = await world.receive(joinStanza(ROMEO));
    expect(error?.attrs).toMatchObject({ type: "error", from: `${ROOM}/romeo`, to: ROMEO, id: "j1" });
    expect(JSON.stringify(error)).toContain("You are banned from #a.");
    const [refused] = await world.receive(groupchat(ROMEO, "anybody?"));
    expect(JSON.stringify(refused)).toContain("not-acceptable");
  });

  it("shows what was said before, as much as asked for", async () => {
    await world.joined();
    await world.happens(speaks("juliet", "one"), speaks("juliet", "two"), speaks("juliet", "three"));
    await world.receive(joinStanza(BALCONY, el("history", { maxstanzas: "2" })));
    const seen = await world.happens({
      kind: "joined",
      conversation: "#a",
      to: BALCONY,
      nick: "romeo",
      occupants: [ROMEO_THERE],
    });
    expect(bodies(seen)).toEqual(["two", "three"]);
    expect(seen.every((stanza) => stanza.attrs.to === BALCONY)).toBe(true);
  });

  it("never shows twice what is said between the join and its roster", async () => {
    await world.receive(joinStanza(ROMEO));
    world.link.goOffline();
    const joined = {
      kind: "joined",
      conversation: "#a",
      to: ROMEO,
      nick: "romeo",
      occupants: [ROMEO_THERE],
    } as const;
    await world.happens(joined, speaks("juliet", "early"));
    world.link.goOnline();
    await world.settle();
    expect(bodies(world.link.take())).toEqual(["early"]);
  });
});

describe("talking in a room", () => {
  it("comes back to all of the user's clients with its own id, archived once", async () => {
    await world.joined();
    await world.joined(BALCONY);
    const back = await world.receive(groupchat(ROMEO, "hello", "my-id"));
    expect(back.map((stanza) => stanza.attrs.to)).toEqual([ROMEO, BALCONY]);
    expect(back.every((stanza) => stanza.attrs.id === "my-id" && stanza.attrs.from === `${ROOM}/romeo`)).toBe(
      true,
    );
    const ids = back.map((stanza) => child(stanza, "stanza-id", NS.stanzaId)?.attrs.id);
    expect(ids[0]).toBeTruthy();
    expect(ids[0]).toBe(ids[1]);
  });

  it("is archived as the network shows it: a message that became two lines is two", async () => {
    await world.joined();
    world.network.answer = () => ({ evidence: "ok", parts: ["first line", "second line"] });
    const [back] = await world.receive(groupchat(ROMEO, "first line\nsecond line"));
    expect(bodies(back === undefined ? [] : [back])).toEqual(["first line\nsecond line"]);
    world.network.answer = () => ({ evidence: "ok" });
    const seen = await world.joined(BALCONY);
    expect(bodies(seen)).toEqual(["first line", "second line"]);
    const first = seen.find((stanza) => bodies([stanza])[0] === "first line");
    const idOf = (stanza: Element | undefined) => stanza && child(stanza, "stanza-id", NS.stanzaId)?.attrs.id;
    expect(idOf(first)).toBe(idOf(back));
  });

  it("keeps a retried message before the next one", async () => {
    await world.joined();
    let failures = 1;
    world.network.answer = () =>
      failures-- > 0 ? new DeliveryError("temporary", "busy") : { evidence: "ok" };
    await world.receive(groupchat(ROMEO, "first", "1"), groupchat(ROMEO, "second", "2"));
    expect(bodies(await world.pass(10_000))).toEqual(["first", "second"]);
  });

  it("that the network refuses is told with the id and the reason, once", async () => {
    await world.joined();
    world.network.answer = () =>
      new DeliveryError("permanent", "This channel is moderated.", { condition: "forbidden" });
    const errors = await world.receive(groupchat(ROMEO, "hush", "h1"));
    expect(errors).toHaveLength(1);
    expect(errors[0]?.attrs).toMatchObject({ type: "error", id: "h1", to: ROMEO, from: ROOM });
  });

  it("that cannot be delivered in its time expires, and the sender is told", async () => {
    await world.joined();
    world.network.answer = () => new DeliveryError("temporary", "away");
    await world.receive(groupchat(ROMEO, "late", "l1"));
    const [error] = await world.pass(61_000);
    expect(error?.attrs).toMatchObject({ type: "error", id: "l1" });
    expect(JSON.stringify(error)).toContain("remote-server-timeout");
    expect(world.engine.stats().dead).toBe(1);
  });
});

describe("leaving", () => {
  it("tells the client at once, and the network after the last client", async () => {
    await world.joined();
    await world.joined(BALCONY);
    const leave = (from: string) => el("presence", { type: "unavailable", from, to: `${ROOM}/romeo` });
    const [told] = await world.receive(leave(ROMEO));
    expect(codes(told)).toEqual(["110"]);
    await world.pass(5_000);
    expect(world.network.sent.at(-1)?.body.kind).toBe("join");
    await world.receive(leave(BALCONY));
    await world.pass(5_000);
    expect(world.network.sent.at(-1)?.body.kind).toBe("leave");
  });

  it("right behind a join, before its roster has reached the client, is a leave all the same", async () => {
    await world.receive(joinStanza(ROMEO));
    const leave = el("presence", { type: "unavailable", from: ROMEO, to: `${ROOM}/romeo` });
    world.link.onSend = (batch) => {
      const roster = batch.some((stanza) => stanza.name === "message");
      if (roster) world.link.handler.stanzas([leave]);
    };
    await world.happens({
      kind: "joined",
      conversation: "#a",
      to: ROMEO,
      nick: "romeo",
      occupants: [ROMEO_THERE],
    });
    await world.pass(5_000);
    expect(world.network.sent.at(-1)?.body.kind).toBe("leave");
  });

  it("and coming back at once is no leave for the network", async () => {
    await world.joined();
    await world.receive(el("presence", { type: "unavailable", from: ROMEO, to: `${ROOM}/romeo` }));
    await world.receive(joinStanza(ROMEO));
    await world.pass(5_000);
    expect(world.network.sent.map((envelope) => envelope.body.kind)).toEqual(["join", "join"]);
  });

  it("by force says by whom and why, and ends the occupancy (§8.2)", async () => {
    await world.joined();
    const [told] = await world.happens({
      kind: "parted",
      conversation: "#a",
      nick: "romeo",
      why: "kicked",
      by: "tybalt",
      text: "villain",
    });
    expect(codes(told)).toEqual(["110", "307"]);
    expect(JSON.stringify(told)).toContain("villain");
    const [refused] = await world.receive(groupchat(ROMEO, "hey"));
    expect(refused?.attrs.type).toBe("error");
  });

  it("happens to everybody when the gateway stops (§17.3), and is not undone by the next start", async () => {
    await world.joined();
    await world.gateway.stop(100);
    const [told] = world.link.take();
    expect(codes(told)).toEqual(["110", "332"]);
    expect(world.network.closed).toEqual(["The gateway is stopping"]);
    world = await new World(await world.die()).start();
    expect(world.network.sent).toEqual([]);
  });
});

it("shows the rooms one is in (disco#items of the gateway)", async () => {
  await world.joined();
  const asked = el(
    "iq",
    { type: "get", from: ROMEO, to: DOMAIN, id: "d" },
    el("query", { xmlns: NS.discoItems }),
  );
  const [result] = await world.receive(asked);
  expect(JSON.stringify(result)).toContain(ROOM);
});

describe("whoever is not served any more", () => {
  it("is told, is out of all rooms and off the network, and is not rejoined after a restart", async () => {
    await world.joined();
    world.gateway.allow(() => false);
    await world.settle();
    const [told] = world.link.take();
    expect(codes(told)).toEqual(["110", "307"]);
    expect(world.network.closed).toEqual(["No longer served"]);
    world = await new World(await world.die()).start();
    expect(world.network.sent).toEqual([]);
  });
});

describe("a client that is in and joins again", () => {
  it("stays in where the network cannot let it in just now", async () => {
    await world.joined();
    world.network.answer = () =>
      new DeliveryError("permanent", "away", { condition: "remote-server-timeout" });
    const [error] = await world.receive(joinStanza(ROMEO));
    expect(error?.attrs.type).toBe("error");
    world.network.answer = () => ({ evidence: "ok" });
    expect(bodies(await world.happens(speaks("juliet", "still here?")))).toEqual(["still here?"]);
  });

  it("gets its history although the socket was full at first", async () => {
    await world.joined();
    await world.happens(speaks("juliet", "before"));
    await world.receive(joinStanza(BALCONY));
    let full = 1;
    world.link.fullNow = () => full-- > 0;
    const early = await world.happens({
      kind: "joined",
      conversation: "#a",
      to: BALCONY,
      nick: "romeo",
      occupants: [ROMEO_THERE],
    });
    expect(bodies([...early, ...(await world.pass(1_000))])).toEqual(["before"]);
  });
});

it("does not archive what it refuses to take", async () => {
  await world.joined();
  const { room } = world.engine;
  world.engine.room = () => "too much waits";
  await expect(world.happens(speaks("juliet", "again"))).rejects.toThrow(DeliveryError);
  world.engine.room = room;
  await world.happens(speaks("juliet", "again"));
  expect(bodies(await world.joined(BALCONY))).toEqual(["again"]);
});
