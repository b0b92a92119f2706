import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { contact, GATEWAY, IRC, room, WORLDS, type World } from "../support/world.ts";
import { errorOf, from, type Stanza, xml } from "../support/xmpp-client.ts";

/** One person to another, and what a client asks the gateway. */

const DISCO_INFO = "http://jabber.org/protocol/disco#info";
const DISCO_ITEMS = "http://jabber.org/protocol/disco#items";
const RSM = "http://jabber.org/protocol/rsm";

describe.each(WORLDS)("people: %s", (_name, build) => {
  let world: World;
  beforeAll(async () => {
    world = await build();
  });
  afterEach(() => world.everybodyOut());
  afterAll(() => world.end());

  it("write to one another without a room", async () => {
    const alice = await world.peer("alice");
    const romeo = await world.user("romeo");
    await romeo.say(contact("alice"), "good morrow ☀");
    const line = await alice.waitForText("alice", "good morrow ☀");
    expect(line.from).toBe("romeo");
    alice.say("romeo", "good morrow, cousin");
    const answer = await romeo.waitForBody(contact("alice"), "good morrow, cousin");
    expect(answer.attrs.type).toBe("chat");
    expect(answer.attrs.from).toBe(contact("alice"));
  });

  it("get a receipt when the network has taken the message (XEP-0184), never for one that failed", async () => {
    await world.peer("alice");
    const romeo = await world.user("romeo");
    const request = () => xml("request", { xmlns: "urn:xmpp:receipts" });
    const id = await romeo.say(contact("alice"), "receipt?", "chat", request());
    const receipt = (one: Stanza) => one.getChild("received", "urn:xmpp:receipts")?.attrs.id;
    await romeo.waitFor((one) => receipt(one) === id && from(one, contact("alice")), "receipt");
    const lost = await romeo.say(contact("nobody"), "receipt?", "chat", request());
    expect(errorOf(await romeo.waitForError(lost)).condition).toMatch(
      /^(item-not-found|recipient-unavailable)$/,
    );
    await romeo.ping(GATEWAY);
    expect(romeo.stanzas.all.map(receipt)).not.toContain(lost);
  });

  it("are told when the other is not there, once, with the id of what they sent", async () => {
    const romeo = await world.user("romeo");
    const id = await romeo.say(contact("nobody"), "hello?");
    const error = await romeo.waitForError(id);
    expect(errorOf(error).condition).toMatch(/^(item-not-found|recipient-unavailable)$/);
    expect(errorOf(error).text).toMatch(/nobody/);
    await romeo.ping(GATEWAY);
    expect(romeo.stanzas.all.filter((one) => one.attrs.id === id)).toHaveLength(1);
  });

  it("are told that an address cannot exist", async () => {
    const romeo = await world.user("romeo");
    const id = await romeo.say(`two\\20words%${IRC}@${GATEWAY}`, "hello?");
    expect(errorOf(await romeo.waitForError(id)).condition).toMatch(/^(jid-malformed|item-not-found)$/);
  });

  it("see a notice as one, and nothing answers it", async () => {
    const alice = await world.peer("alice");
    const romeo = await world.user("romeo");
    await romeo.join(room("#verona"), "romeo");
    await alice.join("#verona");
    alice.send("NOTICE #verona :hear ye");
    await romeo.waitFor((one) => one.getChildText("body")?.includes("hear ye") === true, "notice");
  });

  it("are never answered for an error or a headline (RFC 6121 §8)", async () => {
    const romeo = await world.user("romeo");
    for (const type of ["error", "headline"]) {
      await romeo.send(
        xml("message", { to: contact("nobody"), type, id: `never-${type}` }, xml("body", {}, "x")),
      );
    }
    await romeo.ping(GATEWAY);
    await romeo.sync();
    expect(romeo.stanzas.all.filter((one) => one.attrs.id?.startsWith("never-"))).toEqual([]);
  });

  it("find the gateway, a server, a room and a person by disco", async () => {
    const romeo = await world.user("romeo");
    const identities = async (jid: string) => {
      const answer = await romeo.iq("get", jid, xml("query", { xmlns: DISCO_INFO }));
      const found = answer.getChild("query")?.getChildren("identity") ?? [];
      return found.map((one) => `${one.attrs.category}/${one.attrs.type}`);
    };
    expect(await identities(GATEWAY)).toEqual(expect.arrayContaining(["gateway/irc", "conference/irc"]));
    expect(await identities(`${IRC}@${GATEWAY}`)).toContain("conference/irc");
    expect(await identities(room("#verona"))).toContain("conference/irc");
    expect(await identities(contact("alice"))).toContain("client/pc");
  });

  it("list a server's channels page by page (XEP-0059)", async () => {
    const alice = await world.peer("alice");
    for (const channel of ["#a", "#b", "#c"]) await alice.join(channel);
    const romeo = await world.user("romeo");
    const page = async (...bounds: Stanza[]) => {
      const set = xml("set", { xmlns: RSM }, xml("max", {}, "2"), ...bounds);
      const answer = await romeo.iq(
        "get",
        `${IRC}@${GATEWAY}`,
        xml("query", { xmlns: DISCO_ITEMS }, set),
        30_000,
      );
      const query = answer.getChild("query");
      const items = query?.getChildren("item").map((one) => one.attrs.jid) ?? [];
      return { items, last: query?.getChild("set", RSM)?.getChildText("last") ?? "" };
    };
    const first = await page();
    const second = await page(xml("after", {}, first.last));
    expect(first.items).toHaveLength(2);
    expect(new Set([...first.items, ...second.items]).size).toBe(first.items.length + second.items.length);
    expect([...first.items, ...second.items]).toEqual(expect.arrayContaining(["#a", "#b", "#c"].map(room)));
  });

  it("get version, time, ping and a vcard, and service-unavailable for what nobody knows", async () => {
    await world.peer("alice");
    const romeo = await world.user("romeo");
    const ask = (to: string, name: string, xmlns: string) => romeo.iq("get", to, xml(name, { xmlns }));
    expect((await ask(GATEWAY, "query", "jabber:iq:version")).getChild("query")?.getChildText("name")).toBe(
      "Isthmus",
    );
    const utc = (await ask(GATEWAY, "time", "urn:xmpp:time")).getChild("time")?.getChildText("utc");
    expect(Math.abs(Date.parse(utc ?? "") - Date.now())).toBeLessThan(60_000);
    expect((await romeo.ping(GATEWAY)).attrs.type).toBe("result");
    const card = await ask(contact("alice"), "vCard", "vcard-temp");
    expect(card.getChild("vCard")?.getChildText("NICKNAME")).toBe("alice");
    expect(errorOf(await ask(GATEWAY, "query", "urn:example:unknown")).condition).toBe("service-unavailable");
  });

  it("turn what they type into an address (XEP-0100 §6.3)", async () => {
    const romeo = await world.user("romeo");
    const typed = (text: string) =>
      romeo.iq("set", GATEWAY, xml("query", { xmlns: "jabber:iq:gateway" }, xml("prompt", {}, text)));
    const jid = (await typed(`#verona on ${IRC}`)).getChild("query")?.getChildText("jid");
    expect(jid).toBe(room("#verona"));
    const form = await romeo.iq("get", GATEWAY, xml("query", { xmlns: "jabber:iq:gateway" }));
    expect(form.getChild("query")?.getChildText("prompt")).toMatch(/./);
  });
});
