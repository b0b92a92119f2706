import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { child, type Element, el } from "../../../src/domain/element.ts";
import { DeliveryError } from "../../../src/domain/errors.ts";
import { errorReply } from "../../../src/xmpp/codec/errors.ts";
import { NS } from "../../../src/xmpp/codec/namespaces.ts";
import { BALCONY, bodies, groupchat, joinStanza, ROMEO, ROMEO_THERE, ROOM, speaks, World } from "./world.ts";

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
