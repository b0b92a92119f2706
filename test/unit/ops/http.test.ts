import { once } from "node:events";
import { connect, type Socket } from "node:net";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { defaultHttpLimits, type HttpServer, type Route, serveHttp } from "../../../src/ops/http.ts";

const warnings: string[] = [];
const log = {
  debug() {},
  info() {},
  warn: (_: object, text: string) => warnings.push(text),
  error: (_: object, text: string) => warnings.push(text),
};
const routes = new Map<string, Route>();
const sockets: Socket[] = [];
let server: HttpServer;

beforeEach(() => {
  routes.set("/ok", () => ({ status: 200, text: "ok" }));
});
afterEach(async () => {
  for (const socket of sockets.splice(0)) socket.destroy();
  await server.close(0);
  routes.clear();
  warnings.length = 0;
});

async function serve(limits: Partial<typeof defaultHttpLimits> = {}): Promise<void> {
  server = await serveHttp({ host: "127.0.0.1", port: 0 }, routes, log, { ...defaultHttpLimits, ...limits });
}

async function open(): Promise<Socket> {
  const socket = connect(server.port, "127.0.0.1");
  socket.on("error", () => {});
  sockets.push(socket);
  await once(socket, "connect");
  return socket;
}

/** Everything that comes until the server closes the connection. */
async function rest(socket: Socket): Promise<string> {
  let text = "";
  for await (const chunk of socket) text += String(chunk);
  return text;
}

/** A request as it goes over the wire; the answer's status line and body. */
async function ask(head: string, body = ""): Promise<{ status: number; head: string; body: string }> {
  const socket = await open();
  socket.write(`${head}\r\nHost: gw\r\nConnection: close\r\n\r\n${body}`);
  const text = await rest(socket).catch(() => "");
  const [first = "", last = ""] = text.split("\r\n\r\n");
  return { status: Number(first.split(" ")[1]), head: first.toLowerCase(), body: last };
}

describe("what is asked for", () => {
  it("is answered by its route, as plain text that nobody keeps", async () => {
    await serve();
    const { status, head, body } = await ask("GET /ok?now HTTP/1.1");
    expect([status, body]).toEqual([200, "ok\n"]);
    expect(head).toContain("content-type: text/plain; charset=utf-8");
    expect(head).toContain("cache-control: no-store");
  });

  it("with HEAD has no body", async () => {
    await serve();
    expect(await ask("HEAD /ok HTTP/1.1")).toMatchObject({ status: 200, body: "" });
  });

  it.each([
    ["what there is not", "GET /nothing HTTP/1.1", 404],
    ["another path to it", "GET /x/../ok HTTP/1.1", 404],
    ["another server's", "GET http://other/ok HTTP/1.1", 404],
    ["another method", "POST /ok HTTP/1.1", 405],
    ["another method, of a path that there is not", "DELETE / HTTP/1.1", 404],
    ["a body", "GET /ok HTTP/1.1\r\nContent-Length: 5", 413],
    ["a body of unknown length", "GET /ok HTTP/1.1\r\nTransfer-Encoding: chunked", 413],
    ["two lengths", "GET /ok HTTP/1.1\r\nContent-Length: 5\r\nContent-Length: 6", 400],
    ["no HTTP", "hello", 400],
    ["headers over the limit", `GET /ok HTTP/1.1\r\nX: ${"x".repeat(9_000)}`, 431],
  ])("is refused: %s", async (_name, head, status) => {
    await serve();
    expect((await ask(head)).status).toBe(status);
    expect((await ask("GET /ok HTTP/1.1")).status).toBe(200);
  });

  it("may come later: a route that is added is found", async () => {
    await serve();
    routes.set("/hook", async () => ({ status: 202, text: "taken" }));
    expect(await ask("GET /hook HTTP/1.1")).toMatchObject({ status: 202, body: "taken\n" });
  });

  it("may fail: the reason is in the log alone, and the next one is answered", async () => {
    await serve();
    routes.set("/bad", () => {
      throw new Error("pale-moon-secret");
    });
    routes.set("/later", () => Promise.reject(new Error("pale-moon-secret")));
    for (const path of ["/bad", "/later"]) {
      expect(await ask(`GET ${path} HTTP/1.1`)).toMatchObject({
        status: 500,
        body: "this failed; the log says why\n",
      });
    }
    expect(warnings).toHaveLength(2);
    expect((await ask("GET /ok HTTP/1.1")).status).toBe(200);
  });
});

describe("everything is bounded", () => {
  it("a connection that says nothing, or never ends what it says, is closed", async () => {
    await serve({ headersTimeout: 30, requestTimeout: 60, checkEvery: 10 });
    const silent = await open();
    const slow = await open();
    slow.write("GET /ok HTTP/1.1\r\nHos");
    expect(await rest(silent)).toMatch(/^HTTP\/1\.1 408 |^$/);
    expect(await rest(slow)).toMatch(/^HTTP\/1\.1 408 /);
  });

  it("a connection that has no more to ask is closed", async () => {
    await serve({ idleTimeout: 500 });
    const socket = await open();
    socket.write("GET /ok HTTP/1.1\r\nHost: gw\r\n\r\n");
    expect(await rest(socket)).toMatch(/^HTTP\/1\.1 200 /);
  });

  it("a route that never answers holds its connection for a while only", async () => {
    routes.set("/never", () => new Promise(() => {}));
    await serve({ idleTimeout: 20 });
    const socket = await open();
    socket.write("GET /never HTTP/1.1\r\nHost: gw\r\n\r\n");
    expect(await rest(socket).catch(() => "")).toBe("");
  });

  it("one connection more than there may be is closed, told once, and there is room again afterwards", async () => {
    await serve({ maxConnections: 2 });
    const [one, two] = [await open(), await open()];
    for (const tries of [1, 2]) {
      const more = await open();
      expect([tries, await rest(more).catch(() => "")]).toEqual([tries, ""]);
    }
    expect(warnings).toEqual(["HTTP connections are refused: too many are open"]);
    for (const socket of [one, two]) {
      socket.write("GET /ok HTTP/1.1\r\nHost: gw\r\nConnection: close\r\n\r\n");
      expect(await rest(socket)).toMatch(/^HTTP\/1\.1 200 /);
    }
    expect((await ask("GET /ok HTTP/1.1")).status).toBe(200);
  });

  it("closing cuts off who does not leave", async () => {
    await serve();
    const socket = await open();
    socket.write("GET /ok HT");
    const ended = rest(socket).catch(() => "");
    await server.close(0);
    expect(await ended).toBe("");
  });
});

it("a port that is in use is the system's own error", async () => {
  await serve();
  await expect(serveHttp({ host: "127.0.0.1", port: server.port }, routes, log)).rejects.toMatchObject({
    code: "EADDRINUSE",
  });
});
