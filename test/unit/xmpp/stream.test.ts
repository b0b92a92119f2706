import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { el } from "../../../src/domain/element.ts";
import { LinkFullError, LinkOfflineError } from "../../../src/xmpp/link.ts";
import { type FakeServer, fakeServer } from "./fake-server.ts";
import { attach, domain, message, quick, TestClock } from "./linked.ts";

const running: { stop(): Promise<void> }[] = [];
let server: FakeServer;
beforeEach(async () => {
  server = await fakeServer();
});
afterEach(async () => {
  for (const one of running.splice(0)) await one.stop();
  await server.stop();
});

async function connected(...args: Parameters<typeof attach> extends [number, ...infer Rest] ? Rest : never) {
  const linked = attach(server.port, ...args);
  running.push(linked);
  const peer = await (await server.next()).accept();
  await linked.online();
  return { ...linked, peer };
}

describe("coming in", () => {
  test("a character split between two reads is whole", async () => {
    const { peer, stanza } = await connected();
    const bytes = Buffer.from("<message from='a@b' to='c@d'><body>日本😀</body></message>");
    for (const byte of bytes) {
      peer.write(Buffer.from([byte]));
      await new Promise(setImmediate);
    }
    expect(await stanza()).toEqual(el("message", { from: "a@b", to: "c@d" }, el("body", {}, "日本😀")));
  });

  test("stanzas in the same read as the handshake come after online, and all of one read together", async () => {
    const linked = attach(server.port);
    running.push(linked);
    const three = "<message from='a@b' to='c@d'/>".repeat(3);
    await (await server.next()).accept(three);
    await linked.stanza();
    expect(linked.events.all).toEqual(["online"]);
    expect(linked.batches).toEqual([3]);
  });

  test("what has no from or no to cannot be answered and is left out; so is what is no stanza", async () => {
    const { peer, stanza, stanzas } = await connected();
    peer.write(
      "<message from='a@b'/><iq to='a@b' type='get' id='1'/><stream:features/><message xmlns='x' from='a@b' to='c@d'/>" +
        "<presence from='a@b' to='c@d'/>",
    );
    expect((await stanza()).name).toBe("presence");
    expect(stanzas.all).toHaveLength(1);
  });

  test("a stanza over the limits is told with its head, and the next one comes", async () => {
    const { peer, stanza } = await connected();
    const head = "<message from='a@b' to='c@d' id='7'>";
    peer.write(`${head}<body>${"x".repeat(1_000_000)}</body></message><presence from='a@b' to='c@d'/>`);
    expect(await stanza()).toMatchObject({ name: "message", attrs: { from: "a@b", to: "c@d", id: "7" } });
    expect((await stanza()).name).toBe("presence");
  });

  test("a handler that throws costs that batch, is logged, and nothing else", async () => {
    const seen: string[] = [];
    const { peer, errors, link } = await connected(undefined, undefined, {
      stanzas(batch) {
        for (const { attrs } of batch) seen.push(attrs.id ?? "");
        if (seen.length === 1) throw new Error("on purpose");
      },
    });
    peer.write("<message from='a@b' to='c@d' id='1'/>");
    const first = link.barrier();
    peer.pong(await peer.ping());
    await first;
    peer.write("<message from='a@b' to='c@d' id='2'/>");
    const second = link.barrier();
    peer.pong(await peer.ping());
    await second;
    expect(seen).toEqual(["1", "2"]);
    expect(errors).toHaveLength(1);
  });

  test("nothing is read while it is paused, and everything afterwards", async () => {
    const clock = new TestClock();
    const { peer, link, stanza, stanzas, problem } = await connected({ limits: quick }, clock);
    link.pause();
    peer.write("<message from='a@b' to='c@d' id='1'/>");
    link.barrier().catch(() => {});
    peer.pong(await peer.ping());
    // Nor is anything that cannot be read taken for silence.
    for (let i = 0; i < 20; i++) {
      clock.pass(quick.pingTimeout);
      await new Promise(setImmediate);
    }
    expect(stanzas.all).toEqual([]);
    expect(link.online).toBe(true);
    link.resume();
    expect((await stanza()).attrs.id).toBe("1");
    // Now silence counts again.
    for (let i = 0; i < 6; i++) {
      clock.pass(quick.pingTimeout);
      await new Promise(setImmediate);
    }
    expect((await problem()).reason).toBe("timeout");
  });
});

describe("going out", () => {
  test("nothing goes out before the handshake, and nothing is kept for later", async () => {
    const linked = attach(server.port);
    running.push(linked);
    const peer = await server.next();
    expect(() => linked.link.send([message("early")])).toThrow(LinkOfflineError);
    await peer.saw(/<stream:stream/);
    expect(() => linked.link.send([message("early")])).toThrow(LinkOfflineError);
    await expect(linked.link.barrier()).rejects.toThrow(LinkOfflineError);
    await expect(linked.link.request(el("iq", { to: "a@b" }), 1000)).rejects.toThrow(LinkOfflineError);
    await peer.accept();
    await linked.online();
    linked.link.send([message("late")]);
    await peer.saw(/late/);
    expect(peer.text).not.toContain("early");
  });

  test("all that is sent in one turn, and the ping of its barriers, is one write", async () => {
    const { peer, link } = await connected();
    const chunks: string[] = [];
    peer.socket.on("data", (chunk: string) => chunks.push(chunk));
    link.send([message("one"), message("two")]);
    const first = link.barrier();
    link.send([message("three")]);
    const second = link.barrier();
    const id = await peer.ping();
    expect(chunks).toHaveLength(1);
    expect(chunks[0]).toMatch(/one.*two.*three.*barrier/);
    peer.pong(id);
    await Promise.all([first, second]);
  });

  test("more unsent than the bound is refused, and nothing of it goes out", async () => {
    const { peer, link } = await connected({ limits: { ...quick, maxUnsent: 1_000_000 } });
    peer.socket.pause();
    let sent = 0;
    const fill = () => {
      for (let i = 0; i < 1000; i++) {
        link.send([message("x".repeat(100_000))]);
        sent++;
      }
    };
    expect(fill).toThrow(LinkFullError);
    expect(sent).toBeLessThan(300);
    peer.socket.resume();
    const barrier = link.barrier();
    peer.pong(await peer.ping());
    await barrier;
    expect(peer.text.match(/<message/g)).toHaveLength(sent);
    expect(link.send([message("again")])).toEqual([]);
  });
});

describe("barriers", () => {
  test("the answer to a later ping answers those before it; an error is an answer too", async () => {
    const { peer, link } = await connected();
    const first = link.barrier();
    await peer.ping();
    const second = link.barrier();
    const id = await peer.ping();
    peer.write(`<iq type='error' from='${domain}' to='${domain}' id='${id}'/>`);
    await Promise.all([first, second]);
  });

  test("nobody else can answer one", async () => {
    const { peer, link, stanza, stanzas } = await connected();
    let done = false;
    const barrier = link.barrier().then(() => {
      done = true;
    });
    const id = await peer.ping();
    peer.write(`<iq type='result' from='evil@example.org' to='${domain}' id='${id}'/>`);
    peer.write(
      `<iq type='get' from='nick@${domain}' to='${domain}' id='${id}'/><presence from='a@b' to='c@d'/>`,
    );
    await stanza();
    await stanza();
    expect(done).toBe(false);
    expect(link.dropped).toBe(1);
    expect(stanzas.all.map(({ name }) => name)).toEqual(["iq", "presence"]);
    peer.pong(id);
    await barrier;
  });

  test("few pings are under way however many barriers are asked for", async () => {
    const { peer, link } = await connected();
    const barriers: Promise<void>[] = [];
    const ids: string[] = [];
    for (let i = 0; i < 8; i++) {
      barriers.push(link.barrier());
      ids.push(await peer.ping());
    }
    for (let i = 0; i < 50; i++) {
      barriers.push(link.barrier());
      await new Promise(setImmediate);
    }
    link.send([message("after")]);
    await peer.saw(/after/);
    expect(peer.text).not.toContain("barrier-");
    peer.pong(ids[0] ?? "");
    peer.pong(await peer.ping());
    await Promise.all(barriers);
  });

  test("a barrier fails when the stream ends, whether anybody waits for it or not", async () => {
    const { peer, link } = await connected();
    const barrier = link.barrier();
    await peer.ping();
    void link.barrier();
    peer.socket.destroy();
    await expect(barrier).rejects.toThrow(LinkOfflineError);
  });
});

describe("requests", () => {
  const iq = el("iq", { type: "get", from: domain, to: "Juliet@Example.org/x" }, el("q", { xmlns: "y" }));

  test("the reply is matched by id and by sender, who may be written in another way", async () => {
    const { peer, link } = await connected();
    const reply = link.request(iq, 5000);
    const [, id] = await peer.saw(/<iq [^>]*id='([^']{16})'/);
    peer.write(`<iq type='result' from='evil@example.org' to='${domain}' id='${id}'/>`);
    peer.write(`<iq type='error' from='juliet@example.org/x' to='${domain}' id='${id}' n='1'/>`);
    expect((await reply).attrs.n).toBe("1");
    expect(link.dropped).toBe(1);
  });

  test("no reply in time, the end of the stream, and a stanza that is refused each fail it", async () => {
    const { peer, link } = await connected();
    await expect(link.request(iq, 10)).rejects.toThrow("did not answer within 10 ms");
    await expect(link.request(el("iq", { from: domain, to: "@" }), 10)).rejects.toThrow(
      "not a valid XMPP address",
    );
    const reply = link.request(iq, 5000);
    peer.socket.destroy();
    await expect(reply).rejects.toThrow(LinkOfflineError);
  });

  test("so many may wait, and no more", async () => {
    const { link } = await connected();
    const waiting = Array.from({ length: 1000 }, () => link.request(iq, 60_000));
    for (const one of waiting) one.catch(() => {});
    await expect(link.request(iq, 60_000)).rejects.toThrow(LinkFullError);
  });
});
