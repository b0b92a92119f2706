import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { child, type Element, el } from "../../../src/domain/element.ts";
import { DeliveryError } from "../../../src/domain/errors.ts";
import { errorReply } from "../../../src/xmpp/codec/errors.ts";
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

describe("clients that vanish without a word", () => {
  /** The server returns what goes to a client that is not there, before it answers the barrier. */
  function vanish(...gone: string[]): void {
    world.link.onSend = (batch) => {
      const lost = batch.filter(
        (stanza) => stanza.name === "message" && gone.includes(stanza.attrs.to ?? ""),
      );
      world.link.handler.stanzas(lost.map((stanza) => errorReply(stanza, "service-unavailable")));
    };
  }

  it("keeps the room, and hands on what was missed to whoever comes back, with its time", async () => {
    await world.joined();
    vanish(ROMEO);
    await world.happens(speaks("juliet", "are you there?"), speaks("juliet", "romeo?"));
    world.link.onSend = () => {};
    await world.receive(joinStanza(BALCONY, el("history", { maxstanzas: "0" })));
    const seen = await world.happens({
      kind: "joined",
      conversation: "#a",
      to: BALCONY,
      nick: "romeo",
      occupants: [ROMEO_THERE],
    });
    expect(bodies(seen)).toEqual(["are you there?", "romeo?"]);
    const delays = seen.filter((stanza) => child(stanza, "delay", NS.delay) !== undefined);
    expect(delays).toHaveLength(2);
  });

  it("goes on for the user's other clients", async () => {
    await world.joined();
    await world.joined(BALCONY);
    vanish(ROMEO);
    await world.happens(speaks("juliet", "one"));
    const seen = await world.happens(speaks("juliet", "two"));
    expect(seen.map((stanza) => stanza.attrs.to)).toEqual([BALCONY]);
  });

  it("leaves the network's room when nobody comes back in time", async () => {
    await world.joined();
    vanish(ROMEO);
    await world.happens(speaks("juliet", "gone?"));
    await world.pass(620_000);
    expect(world.network.sent.at(-1)?.body).toMatchObject({ kind: "leave", conversation: "#a" });
  });

  it("takes `unavailable` just before the link closes for the server's going down, not for a leave", async () => {
    await world.joined();
    await world.receive(el("presence", { type: "unavailable", from: ROMEO, to: `${ROOM}/romeo` }));
    world.link.goOffline();
    await world.pass(5_000);
    expect(world.network.sent.map((envelope) => envelope.body.kind)).toEqual(["join"]);
  });

  it("holds what is said while the XMPP server is away, and delivers it in order with its time", async () => {
    await world.joined();
    world.link.goOffline();
    await world.happens(speaks("juliet", "one"), speaks("juliet", "two"));
    await world.pass(30_000);
    world.link.goOnline();
    await world.settle();
    const seen = world.link.take().filter((stanza) => bodies([stanza]).length > 0);
    expect(bodies(seen)).toEqual(["one", "two"]);
    expect(seen.every((stanza) => child(stanza, "delay", NS.delay) !== undefined)).toBe(true);
  });

  it("gives a client that joins again after an outage each message once, whatever comes first", async () => {
    await world.joined();
    await world.happens(speaks("juliet", "before"));
    world.link.goOffline();
    await world.happens(speaks("juliet", "one"), speaks("juliet", "two"));
    world.link.goOnline();
    const early = await world.receive(joinStanza(ROMEO, el("history", { maxstanzas: "0" })));
    const late = await world.happens({
      kind: "joined",
      conversation: "#a",
      to: ROMEO,
      nick: "romeo",
      occupants: [ROMEO_THERE],
    });
    expect(bodies([...early, ...late])).toEqual(["one", "two"]);
  });

  it("encodes a join again whose barrier never came", async () => {
    await world.joined();
    await world.happens(speaks("juliet", "before"));
    await world.receive(joinStanza(BALCONY));
    world.link.breakNext = true;
    await world.happens({
      kind: "joined",
      conversation: "#a",
      to: BALCONY,
      nick: "romeo",
      occupants: [ROMEO_THERE],
    });
    world.link.goOnline();
    await world.settle();
    const seen = world.link.take().filter((stanza) => stanza.attrs.to === BALCONY);
    expect(bodies(seen)).toEqual(["before"]);
    expect(seen.filter((stanza) => codes(stanza).includes("110"))).toHaveLength(1);
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

describe("after a kill", () => {
  it("rejoins the rooms of the last life for all clients", async () => {
    await world.joined();
    await world.joined(BALCONY);
    world = await new World(await world.die()).start();
    expect(world.network.sent.map((envelope) => envelope.body)).toMatchObject([
      { kind: "join", conversation: "#a", nick: "romeo", restore: true },
    ]);
    const seen = await world.happens({
      kind: "joined",
      conversation: "#a",
      nick: "romeo",
      occupants: [ROMEO_THERE],
    });
    expect(seen.filter((stanza) => codes(stanza).includes("110")).map((stanza) => stanza.attrs.to)).toEqual(
      [BALCONY, ROMEO].sort(),
    );
  });

  it("waits for a network that is away, and tells all clients when the room is lost", async () => {
    await world.joined();
    world = new World(await world.die());
    world.network.answer = () =>
      new DeliveryError("permanent", "refused", { condition: "remote-server-not-found" });
    await world.start();
    expect(world.link.take().filter((stanza) => stanza.name === "presence")).toEqual([]);
    world.network.answer = () =>
      new DeliveryError("permanent", "You are banned.", { condition: "forbidden" });
    const [told] = await world.pass(10_000);
    expect(codes(told)).toEqual(["110", "333"]);
    expect(told?.attrs.to).toBe(ROMEO);
  });

  it("rejoins, under the same nick and with the password, before it says what was waiting", async () => {
    await world.receive(joinStanza(ROMEO, el("password", {}, "open sesame")));
    await world.happens({ kind: "joined", conversation: "#a", to: ROMEO, nick: "romeo_", occupants: [] });
    world.network.answer = () => new DeliveryError("temporary", "away");
    await world.receive(groupchat(ROMEO, "waiting"));
    world = await new World(await world.die()).start();
    expect(world.network.sent.map(({ body }) => body)).toMatchObject([
      { kind: "join", nick: "romeo_", password: "open sesame", restore: true },
      { kind: "message", text: "waiting" },
    ]);
  });

  it("delivers what was journalled and not yet sent", async () => {
    await world.joined();
    world.link.goOffline();
    await world.happens(speaks("juliet", "before the kill"));
    world = await new World(await world.die()).start();
    expect(bodies(world.link.take())).toEqual(["before the kill"]);
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
