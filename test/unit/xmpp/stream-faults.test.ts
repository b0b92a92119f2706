import { createServer } from "node:net";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { type FakeServer, fakeServer, streamHeader } from "./fake-server.ts";
import { attach, message, quick, TestClock } from "./linked.ts";

/** Every way a stream can end or hang; after each one the link has to be back, and the process alive. */

const streamError = (condition: string, words = "") =>
  `<stream:error><${condition} xmlns='urn:ietf:params:xml:ns:xmpp-streams'/><text xmlns='urn:ietf:params:xml:ns:xmpp-streams'>${words}</text></stream:error>`;

const running: { stop(): Promise<void> }[] = [];
const uncaught: unknown[] = [];
const note = (error: unknown) => uncaught.push(error);
let server: FakeServer;
beforeEach(async () => {
  server = await fakeServer();
  process.on("uncaughtException", note);
  process.on("unhandledRejection", note);
});
afterEach(async () => {
  for (const one of running.splice(0)) await one.stop();
  await server.stop();
  await new Promise(setImmediate);
  process.off("uncaughtException", note);
  process.off("unhandledRejection", note);
  expect(uncaught.splice(0)).toEqual([]);
});

function start(...args: Parameters<typeof attach> extends [number, ...infer Rest] ? Rest : never) {
  const linked = attach(server.port, ...args);
  running.push(linked);
  return linked;
}

describe("what ends a stream that was online", () => {
  test.each([
    ["an unknown entity", "<message from='a@b' to='c@d'>&nbsp;</message>", "not-well-formed"],
    ["a reference to no character", "<message from='a@b' to='c@d'>&#0;</message>", "not-well-formed"],
    ["tags that do not match", "<message from='a@b' to='c@d'></presence>", "not-well-formed"],
    ["a document type", "<!DOCTYPE a>", "not-well-formed"],
    ["garbage", "\u0000\u0001\u0002", "not-well-formed"],
    ["the end of the stream", "</stream:stream>", "closed"],
    ["data after the end of the stream", "</stream:stream><message from='a@b' to='c@d'/>junk&", "closed"],
    ["conflict", streamError("conflict", "Replaced by new\nconnection"), "conflict"],
    ["system-shutdown", streamError("system-shutdown"), "stream-error"],
    ["an error and the end", `${streamError("reset")}</stream:stream>`, "stream-error"],
    ["an empty error", "<stream:error/>", "stream-error"],
    ["another host", streamError("see-other-host"), "stream-error"],
  ])("%s", async (_, xml, reason) => {
    const { online, problem, link, errors } = start();
    const peer = await (await server.next()).accept();
    await online();
    peer.write(xml);
    const told = await problem();
    expect(told.reason).toBe(reason);
    expect(told.text).toMatch(/^[^\n]{20,}$/);
    expect(link.online).toBe(false);
    // What comes on the old connection afterwards is nothing to anybody; its socket is closed by the link.
    peer.write("<message from='a@b' to='c@d'/>&&&");
    await (await server.next()).accept();
    await online();
    expect(errors).toEqual([]);
  });

  test("a sender that is no address is for the gateway to judge, and ends nothing", async () => {
    const { online, stanza, link } = start();
    const peer = await (await server.next()).accept();
    await online();
    peer.write("<message from='a@' to='c@d'/>");
    expect((await stanza()).attrs.from).toBe("a@");
    expect(link.online).toBe(true);
  });

  test("a connection that is reset", async () => {
    const { online, problem } = start();
    const peer = await (await server.next()).accept();
    await online();
    peer.socket.resetAndDestroy();
    expect((await problem()).reason).toBe("closed");
    await (await server.next()).accept();
    await online();
  });

  test("the server closes its stream and leaves the socket open: the link closes it", async () => {
    const { online } = start({ limits: { ...quick, openTimeout: 100 } });
    const peer = await (await server.next()).accept();
    await online();
    peer.write("</stream:stream>");
    await peer.saw(/<\/stream:stream>/);
    await (await server.next()).accept();
    await online();
    await peer.ended;
    // The server never ends its half; the link cuts it, and what the server writes then is answered by a reset.
    while (!peer.closed) {
      peer.write(" ");
      await new Promise(setImmediate);
    }
  });
});

describe("what keeps a stream from opening", () => {
  test("nothing listens", async () => {
    const closed = createServer().listen(0, "127.0.0.1");
    await new Promise((resolve) => closed.once("listening", resolve));
    const address = closed.address();
    const port = typeof address === "object" && address !== null ? address.port : 0;
    await new Promise((resolve) => closed.close(resolve));
    const linked = attach(port);
    running.push(linked);
    const problem = await linked.problem();
    expect(problem.reason).toBe("refused");
    expect(problem.text).toContain(`127.0.0.1:${port}`);
  });

  test("no such host", async () => {
    const linked = attach(1, { host: "no-such-host.invalid" });
    running.push(linked);
    expect((await linked.problem()).reason).toBe("unreachable");
  });

  test("the header is never answered; the connection after it is", async () => {
    const { problem, online } = start({ limits: { ...quick, openTimeout: 50 } });
    const silent = await server.next();
    expect((await problem()).reason).toBe("timeout");
    await silent.ended;
    await (await server.next()).accept();
    await online();
  });

  test("the handshake is never answered", async () => {
    const { problem } = start({ limits: { ...quick, openTimeout: 50 } });
    const silent = await server.next();
    silent.write(streamHeader);
    expect((await problem()).reason).toBe("timeout");
    await silent.ended;
  });

  test.each([
    ["not-authorized", "not-authorized", "secret"],
    ["host-unknown", "host-unknown", "irc.example.org"],
    ["conflict", "conflict", "other gateway"],
    ["invalid-namespace", "invalid-namespace", "component port"],
    ["policy-violation", "stream-error", "policy-violation"],
  ])("%s is told in words", async (condition, reason, word) => {
    const { problem } = start();
    (await server.next()).write(`${streamHeader}${streamError(condition)}</stream:stream>`);
    const told = await problem();
    expect(told.reason).toBe(reason);
    expect(told.text).toContain(word);
  });

  test.each([
    ["another protocol", "HTTP/1.1 400 Bad Request\r\n\r\n", "not-well-formed"],
    ["a port for clients", streamHeader.replace("component:accept", "client"), "invalid-namespace"],
    ["a stream without id", streamHeader.replace(" id='s1'", ""), "not-well-formed"],
    ["an answer that is no handshake", `${streamHeader}<huh/>`, "closed"],
    ["a stream that ends at once", streamHeader.replace(/>$/, "/>"), "closed"],
  ])("%s", async (_, xml, reason) => {
    const { problem } = start();
    const peer = await server.next();
    await peer.saw(/<stream:stream/);
    peer.write(xml);
    expect((await problem()).reason).toBe(reason);
    await (await server.next()).accept();
  });

  test("a peer that hangs up at once", async () => {
    const { problem, online } = start();
    (await server.next()).socket.destroy();
    expect((await problem()).reason).toBe("closed");
    await (await server.next()).accept();
    await online();
  });
});

describe("stopping", () => {
  test("closes the stream, and waits for the server to close its own", async () => {
    const { online, link, events } = start();
    const peer = await (await server.next()).accept();
    await online();
    link.send([message("last")]);
    const stopped = link.stop(5000);
    expect(() => link.send([message("too late")])).toThrow("not connected");
    await peer.saw(/last.*<\/stream:stream>$/);
    peer.write("</stream:stream>");
    await stopped;
    expect(events.all).toEqual(["online"]);
    expect(server.count).toBe(1);
  });

  test("asks a server that is slow to say goodbye nothing more, however long it takes", async () => {
    const clock = new TestClock();
    const { online, link } = start({}, clock);
    const peer = await (await server.next()).accept();
    await online();
    const stopped = link.stop(10 * quick.pingInterval);
    // Only the end of the wait is left: no look whether the stream is alive.
    expect(clock.waits).toEqual([10 * quick.pingInterval]);
    clock.pass(9 * quick.pingInterval);
    await peer.saw(/<\/stream:stream>$/);
    expect(peer.text).not.toContain("urn:xmpp:ping");
    peer.write("</stream:stream>");
    await stopped;
    expect(clock.waits).toEqual([]);
  });

  test("does not wait longer than it is given", async () => {
    const { online, link } = start();
    const peer = await (await server.next()).accept();
    await online();
    await link.stop(20);
    await peer.saw(/<\/stream:stream>$/);
  });

  test("ends the wait for the next connection, and a connection that is being opened", async () => {
    const clock = new TestClock();
    const { link, problem } = start({}, clock);
    (await server.next()).socket.destroy();
    await problem();
    expect(clock.waits).toHaveLength(1);
    await link.stop(0);
    expect(clock.waits).toEqual([]);
    link.start();
    const peer = await server.next();
    await link.stop(0);
    await peer.ended;
    expect(clock.waits).toEqual([]);
  });
});
