import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { childText, type Element, el } from "../../src/domain/element.ts";
import type { LinkHandler, LinkLimits, LinkProblem } from "../../src/xmpp/link.ts";
import { createLink, defaultLimits, type StreamLink } from "../../src/xmpp/stream.ts";
import { startEjabberd } from "../support/ejabberd.ts";
import { Inbox } from "../support/inbox.ts";
import { startProsody, type XmppServer } from "../support/prosody.ts";
import { slicingProxy } from "../support/slicing-proxy.ts";
import { xml, xmppClient } from "../support/xmpp-client.ts";

/** The link against real servers. */

const domain = "irc.example.org";
const MULTILINGUAL = "Grüße, 你好 🌉 שלום e\u0301";
const running: { stop(ms: number): Promise<unknown> }[] = [];
afterEach(async () => {
  for (const one of running.splice(0).reverse()) await one.stop(2000);
});
function ended<T extends { stop(ms: number): Promise<unknown> }>(one: T): T {
  running.push(one);
  return one;
}

const quick: LinkLimits = { ...defaultLimits, reconnectFirst: 20, reconnectMost: 100 };

/** A link, and what it told its handler. */
function attach(port: number, some: Partial<{ domain: string; secret: string; limits: LinkLimits }> = {}) {
  const events = new Inbox<string | LinkProblem>("events of the link", (event) => JSON.stringify(event));
  const stanzas = new Inbox<Element>("stanzas of the link", (stanza) => JSON.stringify(stanza));
  const handler: LinkHandler = {
    stanzas: (batch) => {
      for (const stanza of batch) stanzas.push(stanza);
    },
    oversized: (head, why) => stanzas.push({ ...head, children: [why] }),
    online: () => events.push("online"),
    offline: (problem) => events.push(problem),
  };
  const silent = () => {};
  const link: StreamLink = createLink(
    { host: "127.0.0.1", port, domain, secret: "secret", limits: quick, ...some },
    handler,
    {
      clock: {
        now: Date.now,
        setTimeout(run, ms) {
          const timer = setTimeout(run, ms);
          return { cancel: () => clearTimeout(timer) };
        },
      },
      random: () => 0.5,
      log: { debug: silent, info: silent, warn: silent, error: (_, text) => events.push(text) },
    },
  );
  link.start();
  ended(link);
  const online = () => events.waitFor((event) => event === "online", "online");
  const problem = async () =>
    (await events.waitFor((event) => typeof event !== "string", "a problem")) as LinkProblem;
  return { link, stanzas, events, online, problem };
}

function message(to: string, body: string, id = "1"): Element {
  return el("message", { from: `nick@${domain}`, to, type: "chat", id }, el("body", {}, body));
}

function bodyOf(stanza: Element | undefined): string {
  return stanza === undefined ? "" : (childText(stanza, "body") ?? "");
}

/** All of Unicode but what is no character of XML, and the carriage return, which servers write as it is. */
function everyCharacter(): string[] {
  const bodies: string[] = [];
  let body = "";
  for (let code = 0x20; code <= 0x10ffff; code++) {
    if ((code >= 0xd800 && code < 0xe000) || code === 0xfffe || code === 0xffff) continue;
    body += String.fromCodePoint(code);
    if (body.length < 20_000 && code < 0x10ffff) continue;
    bodies.push(body);
    body = "";
  }
  return ["\t\n", ...bodies];
}

const options = { components: [{ domain, secret: "secret" }], users: ["juliet"] };

describe.each([
  ["Prosody", startProsody, "host-unknown"],
  // It does not tell an unknown domain from a wrong secret.
  ["ejabberd", startEjabberd, "not-authorized"],
] as const)("%s", (_name, start, unknownHost) => {
  let server: XmppServer;
  beforeAll(async () => {
    server = await start(options);
  });
  afterAll(() => server.stop());

  test("text in all scripts goes both ways, one byte at a time, and a barrier says when it is there", async () => {
    const proxy = ended(await slicingProxy({ port: server.componentPort }));
    const { link, stanzas, online } = attach(proxy.port);
    await online();
    const juliet = ended(await xmppClient(server, "juliet"));
    await juliet.presence();
    await juliet.sync();
    expect(link.send([message(juliet.jid, MULTILINGUAL)])).toEqual([]);
    await link.barrier();
    await juliet.sync();
    await juliet.waitForBody(`nick@${domain}`, MULTILINGUAL);
    await juliet.say(`nick@${domain}`, `${MULTILINGUAL}\r\n'"<&>`);
    const got = await stanzas.waitFor((stanza) => stanza.name === "message", "the message");
    expect(got.attrs.from).toBe(juliet.jid);
    expect(got.children[0]).toMatchObject({ name: "body" });
    expect(JSON.stringify(got)).toContain(MULTILINGUAL);
  });

  test("hundreds of messages with barriers between arrive all, in order", async () => {
    const { link, online } = attach(server.componentPort);
    await online();
    const juliet = ended(await xmppClient(server, "juliet"));
    await juliet.presence();
    await juliet.sync();
    for (let batch = 0; batch < 10; batch++) {
      link.send(Array.from({ length: 50 }, (_, i) => message(juliet.jid, `n${batch * 50 + i}`)));
      await link.barrier();
    }
    await juliet.waitForBody(`nick@${domain}`, "n499");
    const bodies = juliet.stanzas.all
      .map((stanza) => stanza.getChildText("body"))
      .filter((body) => body !== null);
    expect(bodies).toEqual(Array.from({ length: 500 }, (_, i) => `n${i}`));
  });

  test("a request gets the server's reply", async () => {
    const { link, online } = attach(server.componentPort);
    await online();
    const query = el("query", { xmlns: "http://jabber.org/protocol/disco#info" });
    const reply = await link.request(el("iq", { type: "get", from: domain, to: "example.org" }, query), 5000);
    expect(reply.attrs.type).toBe("result");
  });

  test("the server goes away and comes back: offline, then online, by itself", async () => {
    const { link, online, problem } = attach(server.componentPort);
    await online();
    await server.kill();
    expect(["closed", "refused"]).toContain((await problem()).reason);
    expect(() => link.send([message("juliet@example.org", "x")])).toThrow("not connected");
    await expect(link.barrier()).rejects.toThrow("not connected");
    await server.restart();
    await online();
    await link.barrier();
  });

  test("a wrong secret and an unknown domain are told apart, with what to change", async () => {
    const secret = await attach(server.componentPort, { secret: "wrong" }).problem();
    expect(secret.reason).toBe("not-authorized");
    expect(secret.text).toContain("secret");
    const unknown = await attach(server.componentPort, { domain: "sms.example.org" }).problem();
    expect(unknown.reason).toBe(unknownHost);
    expect(unknown.text).toContain("sms.example.org");
    expect(unknown.text).toContain("hosts");
  });

  test("a port for clients is told from one for components", async () => {
    const problem = await attach(server.c2sPort).problem();
    expect(problem.reason).toBe("invalid-namespace");
    expect(problem.text).toContain("xmpp.port");
  });

  test("a stanza that hurts is refused here, and the server sees nothing of it", async () => {
    const { link, online, events } = attach(server.componentPort);
    await online();
    const to = "juliet@example.org";
    const poison = [
      { ...message(to, "x"), attrs: { from: "nick@example.org", to } },
      message(to, "x".repeat(600_000)),
      ...["\u0001", "\ufffe", "\ud800", "\u0000"].map((char) => message(to, `a${char}b`)),
      message("a@b@c", "x"),
      el("message", { from: `n@${domain}`, to, "x:y": "1" }),
    ];
    const good = message(to, "good");
    const refused = link.send([good, ...poison, good]);
    expect(refused.map(({ index }) => index)).toEqual(poison.map((_, i) => i + 1));
    await link.barrier();
    expect(link.online).toBe(true);
    expect(events.all).toEqual(["online"]);
  });

  test("every character that XML has comes back as it went, and none ends the stream", async () => {
    const { link, stanzas, online, events } = attach(server.componentPort);
    await online();
    const bodies = everyCharacter();
    const echo = `echo@${domain}`;
    for (const body of bodies) {
      expect(link.send([message(echo, body)])).toEqual([]);
      await link.barrier();
    }
    await stanzas.waitFor(() => stanzas.all.length === bodies.length, "all of them");
    const wrong = bodies.filter((body, i) => bodyOf(stanzas.all[i]) !== body);
    expect(wrong.map((body) => body.codePointAt(0)?.toString(16))).toEqual([]);
    expect(events.all).toEqual(["online"]);
  });

  test("a frozen server is found out, and the stream made again when it thaws", async () => {
    const limits = { ...quick, pingInterval: 60, pingTimeout: 60, openTimeout: 300 };
    const { online, problem, link } = attach(server.componentPort, { limits });
    await online();
    server.freeze();
    const barrier = link.barrier();
    expect((await problem()).reason).toBe("timeout");
    await expect(barrier).rejects.toThrow("not connected");
    server.resume();
    await online();
  });
});

test("Prosody: of two links for one domain the second is told of the conflict", async () => {
  const server = ended(await startProsody(options));
  const first = attach(server.componentPort);
  await first.online();
  const problem = await attach(server.componentPort).problem();
  expect(problem.reason).toBe("conflict");
  expect(problem.text).toContain("other gateway");
  await first.link.barrier();
});

test("an error from the far domain is delivered, a reply nobody asked for is not", async () => {
  const server = ended(await startProsody(options));
  const { link, stanzas, online } = attach(server.componentPort);
  await online();
  const juliet = ended(await xmppClient(server, "juliet"));
  await juliet.send(xml("iq", { type: "result", to: domain, id: "forged" }));
  await juliet.say(domain, "after");
  const first = await stanzas.waitFor(() => true, "the message");
  expect(first.name).toBe("message");
  expect(link.dropped).toBe(1);
  link.send([message("nobody@example.org", "x", "lost")]);
  const error = await stanzas.waitFor((stanza) => stanza.attrs.type === "error", "the error");
  expect(error.attrs.id).toBe("lost");
});
