import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { child, type Element, el } from "../../../src/domain/element.ts";
import { conditionOf } from "../../../src/xmpp/codec/errors.ts";
import { NS } from "../../../src/xmpp/codec/namespaces.ts";
import { bodies, DOMAIN, groupchat, joinStanza, ROMEO, ROOM, World } from "./world.ts";

let world: World;
beforeEach(async () => {
  world = await new World().start();
});
afterEach(() => world.end());

const JULIET = `juliet@${DOMAIN}`;

function chat(to: string, ...children: Element[]): Element {
  return el("message", { from: ROMEO, to, type: "chat", id: "c1" }, ...children);
}
function body(text: string): Element {
  return el("body", {}, text);
}
function ask(to: string, name: string, xmlns: string, type = "get"): Element {
  return el("iq", { type, from: ROMEO, to, id: "q" }, el(name, { xmlns }));
}

describe("who may use it", () => {
  it("is forbidden to users of other servers, whatever they send, and reaches no adapter", async () => {
    const tybalt = "tybalt@elsewhere.example/x";
    const answers = await world.receive(
      el("message", { from: tybalt, to: JULIET, type: "chat" }, body("hi")),
      joinStanza(tybalt),
      el("iq", { type: "get", from: tybalt, to: DOMAIN, id: "1" }, el("query", { xmlns: NS.discoInfo })),
    );
    expect(answers.map(conditionOf)).toEqual(["forbidden", "forbidden", "forbidden"]);
    expect(world.network.host).toBeUndefined();
  });

  it("never answers an error, a headline, a result or a leave (RFC 6120 §8.3.1, RFC 6121 §5.2.2)", async () => {
    for (const from of [ROMEO, "tybalt@elsewhere.example/x"]) {
      const answers = await world.receive(
        el("message", { from, to: JULIET, type: "error" }, body("x")),
        el("message", { from, to: JULIET, type: "headline" }, body("x")),
        el("presence", { from, to: ROOM, type: "error" }),
        el("presence", { from, to: `${ROOM}/x`, type: "unavailable" }),
        el("iq", { from, to: DOMAIN, type: "result", id: "1" }),
        el("iq", { from, to: DOMAIN, type: "error", id: "2" }),
      );
      expect(answers).toEqual([]);
    }
    expect(world.network.sent).toEqual([]);
  });
});

describe("messages to people", () => {
  it("go out, and a receipt comes when they are sent, never earlier (XEP-0184)", async () => {
    const [receipt, ...rest] = await world.receive(
      chat(JULIET, body("hi"), el("request", { xmlns: NS.receipts })),
    );
    expect(world.network.sent.map((envelope) => envelope.body)).toMatchObject([
      { kind: "message", text: "hi", conversation: "juliet" },
    ]);
    expect(receipt?.attrs).toMatchObject({ from: JULIET, to: ROMEO });
    expect(child(receipt ?? el("none"), "received", NS.receipts)?.attrs.id).toBe("c1");
    expect(rest).toEqual([]);
  });

  it("come from the contact's bare address to the user's (XEP-0100 §5.3)", async () => {
    await world.receive(chat(JULIET, body("hi")));
    const [came] = await world.happens({
      kind: "message",
      conversation: "juliet",
      text: "hello",
      manner: "action",
    });
    expect(came?.attrs).toMatchObject({ type: "chat", from: JULIET, to: "romeo@example.org" });
    expect(bodies(came === undefined ? [] : [came])).toEqual(["/me hello"]);
  });

  it("that are encrypted are refused with a sentence, whatever else they hold", async () => {
    const [error] = await world.receive(chat(JULIET, body("fallback"), el("encryption", { xmlns: NS.eme })));
    expect(conditionOf(error ?? el("none"))).toBe("not-acceptable");
    expect(JSON.stringify(error)).toContain("Encrypted");
  });

  it("that are too long or have too many lines are refused, never cut", async () => {
    const long = await world.receive(chat(JULIET, body("é".repeat(501))));
    const tall = await world.receive(chat(JULIET, body("a\nb\nc\nd\ne\nf")));
    expect([...long, ...tall].map(conditionOf)).toEqual(["not-acceptable", "not-acceptable"]);
    expect(world.network.sent).toEqual([]);
  });

  it("without a body are nothing to deliver, and no error", async () => {
    const composing = el("composing", { xmlns: "http://jabber.org/protocol/chatstates" });
    expect(await world.receive(chat(JULIET, composing))).toEqual([]);
    expect(world.network.sent).toEqual([]);
  });

  it("to what cannot be an address are malformed; to a server or the gateway unavailable", async () => {
    const answers = await world.receive(
      chat(`no!such@${DOMAIN}`, body("x")),
      chat(`server@${DOMAIN}`, body("x")),
      chat(DOMAIN, body("x")),
    );
    expect(answers.map(conditionOf)).toEqual(["jid-malformed", "service-unavailable", "service-unavailable"]);
  });

  it("to an occupant go privately, from inside the room only (XEP-0045 §7.5)", async () => {
    const [refused] = await world.receive(chat(`${ROOM}/juliet`, body("psst")));
    expect(conditionOf(refused ?? el("none"))).toBe("not-acceptable");
    await world.joined();
    await world.receive(chat(`${ROOM}/juliet`, body("psst")));
    expect(world.network.sent.at(-1)?.body).toMatchObject({
      conversation: "#a",
      nick: "juliet",
      text: "psst",
    });
    const [answer] = await world.happens({
      kind: "message",
      conversation: "#a",
      nick: "juliet",
      private: true,
      text: "yes?",
      manner: "plain",
    });
    expect(answer?.attrs).toMatchObject({ type: "chat", from: `${ROOM}/juliet`, to: ROMEO });
  });

  it("of type groupchat to an occupant are a bad request", async () => {
    await world.joined();
    const message = el("message", { from: ROMEO, to: `${ROOM}/juliet`, type: "groupchat" }, body("x"));
    const [error] = await world.receive(message);
    expect(conditionOf(error ?? el("none"))).toBe("bad-request");
  });
});

describe("rooms", () => {
  it("take a subject, an action and an invitation", async () => {
    await world.joined();
    const invite = el("x", { xmlns: NS.mucUser }, el("invite", { to: JULIET }));
    await world.receive(
      el("message", { from: ROMEO, to: ROOM, type: "groupchat" }, el("subject", {}, "Verona")),
      groupchat(ROMEO, "/me waves"),
      el("message", { from: ROMEO, to: ROOM }, invite),
    );
    expect(world.network.sent.slice(1).map((envelope) => envelope.body)).toMatchObject([
      { kind: "topic", text: "Verona" },
      { kind: "message", text: "waves", manner: "action" },
      { kind: "invite", nick: "juliet" },
    ]);
  });

  it("let moderators kick, and say what the network says (XEP-0045 §8.2)", async () => {
    await world.joined();
    const item = el("item", { nick: "tybalt", role: "none" }, el("reason", {}, "peace"));
    const kick = el(
      "iq",
      { type: "set", from: ROMEO, to: ROOM, id: "k" },
      el("query", { xmlns: NS.mucAdmin }, item),
    );
    const [result] = await world.receive(kick);
    expect(result?.attrs.type).toBe("result");
    expect(world.network.sent.at(-1)?.body).toMatchObject({ kind: "kick", nick: "tybalt", text: "peace" });
  });

  it("answer a self-ping with the truth (XEP-0410)", async () => {
    const selfPing = ask(`${ROOM}/romeo`, "ping", NS.ping);
    const [outside] = await world.receive(selfPing);
    expect(conditionOf(outside ?? el("none"))).toBe("not-acceptable");
    await world.joined();
    const [inside] = await world.receive(selfPing);
    expect(inside?.attrs.type).toBe("result");
    world.network.inRoom = false;
    const [lost] = await world.receive(selfPing);
    expect(conditionOf(lost ?? el("none"))).toBe("not-acceptable");
  });
});

describe("iqs", () => {
  it("are all answered: the known ones with what was asked, the rest with service-unavailable", async () => {
    const known: [string, string, string][] = [
      [DOMAIN, "query", NS.discoInfo],
      [`server@${DOMAIN}`, "query", NS.discoItems],
      [DOMAIN, "ping", NS.ping],
      [DOMAIN, "query", NS.version],
      [DOMAIN, "time", NS.time],
      [JULIET, "vCard", NS.vcard],
      [DOMAIN, "query", NS.gatewayPrompt],
    ];
    const answers = await world.receive(...known.map(([to, name, xmlns]) => ask(to, name, xmlns)));
    expect(answers).toHaveLength(known.length);
    expect(answers.every((answer) => answer.attrs.type === "result")).toBe(true);
    const [unknown] = await world.receive(ask(DOMAIN, "query", "urn:example:unknown"));
    expect(conditionOf(unknown ?? el("none"))).toBe("service-unavailable");
  });

  it("say that it is a gateway, and a room a conference (XEP-0100 §4.1)", async () => {
    const [gateway, room] = await world.receive(
      ask(DOMAIN, "query", NS.discoInfo),
      ask(ROOM, "query", NS.discoInfo),
    );
    expect(JSON.stringify(gateway)).toContain('"category":"gateway","type":"irc"');
    expect(JSON.stringify(room)).toContain('"category":"conference","type":"irc"');
  });
});

describe("bounds", () => {
  it("answers a stanza over the limits, and nothing else is disturbed", async () => {
    world.link.handler.oversized(
      el("message", { from: ROMEO, to: JULIET, type: "chat", id: "big" }),
      "more than 262144 bytes",
    );
    const [error] = world.link.take();
    expect(conditionOf(error ?? el("none"))).toBe("policy-violation");
    expect(error?.attrs.id).toBe("big");
  });

  it("a stanza that the choke point refuses is the failure of its envelope alone", async () => {
    await world.receive(chat(JULIET, body("hi")));
    world.link.refuse = (stanza) => (bodies([stanza])[0] === "poison" ? "illegal-character" : undefined);
    const line = (text: string) =>
      ({ kind: "message", conversation: "juliet", text, manner: "plain" }) as const;
    expect(bodies(await world.happens(line("one"), line("poison"), line("two")))).toEqual(["one", "two"]);
    const [letter] = await world.engine.dead(10);
    expect(letter?.reason).toContain("illegal-character");
  });

  it("journals what comes when no answer can go out any more: the next life tells", async () => {
    await world.joined();
    world.gateway.refuseNew();
    await world.engine.stop(0);
    world.link.online = false;
    world.link.handler.stanzas([groupchat(ROMEO, "late", "late-1")]);
    await world.settle();
    await world.gateway.stop(100);
    world = new World(await world.die());
    world.network.inRoom = false;
    await world.start();
    const [error] = world.link.take();
    expect(error?.attrs).toMatchObject({ type: "error", id: "late-1", to: ROMEO });
    expect(world.network.sent).toEqual([]);
  });

  it("answers what comes while it is leaving with an error, not with silence", async () => {
    world.gateway.refuseNew();
    const [error] = await world.receive(chat(JULIET, body("hi")));
    expect(conditionOf(error ?? el("none"))).toBe("recipient-unavailable");
  });
});
