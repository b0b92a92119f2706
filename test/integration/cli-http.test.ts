import { readdirSync, readFileSync, readlinkSync, writeFileSync } from "node:fs";
import { createServer, type Server } from "node:net";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { type Gateway, startGateway } from "../support/gateway.ts";
import { ask } from "../support/http.ts";
import { isthmus } from "../support/isthmus.ts";
import { freePort } from "../support/ports.ts";
import { makeFolder, removeFolder } from "../support/process.ts";
import { startProsody, type XmppServer } from "../support/prosody.ts";

const secret = "pale-moon-secret";
const component = { domain: "irc.example.org", secret, adapter: "irc" };
let xmpp: XmppServer;
let folder: string;

beforeAll(async () => {
  folder = makeFolder("http");
  xmpp = await startProsody({ components: [{ domain: "irc.example.org", secret }] });
});
afterAll(async () => {
  await xmpp?.stop();
  removeFolder(folder);
});

function config(listen: string): Record<string, unknown> {
  return { xmpp: { port: xmpp.componentPort }, http: { listen }, components: [component] };
}

describe("a gateway with http.listen", () => {
  let gateway: Gateway;
  let port: number;
  beforeAll(async () => {
    port = await freePort();
    gateway = await startGateway({ config: config(`127.0.0.1:${port}`) });
  });
  afterAll(() => gateway?.remove());

  it("is alive and ready, and says nothing else", async () => {
    expect(await ask(port, "/healthz")).toEqual({ status: 200, text: "ok\n" });
    expect(await ask(port, "/readyz")).toEqual({ status: 200, text: "ready\n" });
    expect((await ask(port, "/")).status).toBe(404);
  });

  it("answers the questions that the documentation shows", async () => {
    const page = readFileSync(join(import.meta.dirname, "../../docs/operators.md"), "utf8");
    const paths = [...page.matchAll(/^curl -f http:\/\/127\.0\.0\.1:8080(\S+)$/gm)].map(
      (one) => one[1] ?? "",
    );
    expect(paths).toEqual(["/healthz", "/readyz"]);
    for (const path of paths) expect((await ask(port, path)).status).toBe(200);
  });

  it("is alive but not ready while the XMPP server is away, as the documentation says, and comes back", async () => {
    await xmpp.down();
    await gateway.waitForLog((line) => line.reason !== undefined, "that the link is gone");
    const { status, text } = await ask(port, "/readyz");
    expect([status, text]).toEqual([503, "irc.example.org is not connected to its XMPP server\n"]);
    const page = readFileSync(join(import.meta.dirname, "../../docs/operators.md"), "utf8");
    expect(page).toContain(`\`\`\`text\n${text}\`\`\``);
    expect(await ask(port, "/healthz")).toEqual({ status: 200, text: "ok\n" });
    await xmpp.restart();
    // The first "accepted" was logged at the start.
    const accepted = (line: { msg?: string }) => /has accepted the component/.test(String(line.msg));
    await gateway.waitForLog(accepted, "the link at the start");
    await gateway.waitForLog(accepted, "the link again", 30_000);
    await expect.poll(() => ask(port, "/readyz")).toEqual({ status: 200, text: "ready\n" });
  });

  it("is named by isthmus check as who has the port", async () => {
    const { code, out } = await isthmus(["check", "--config", gateway.configFile], { cwd: folder });
    expect(out).toContain(`ok     http.listen 127.0.0.1:${port}: in use; the gateway is running`);
    expect(code).toBe(0);
  });

  it("says on SIGHUP that another port needs a restart", async () => {
    const changed = JSON.parse(readFileSync(gateway.configFile, "utf8"));
    writeFileSync(gateway.configFile, JSON.stringify({ ...changed, http: { listen: ":1" } }));
    gateway.signal("SIGHUP");
    const line = await gateway.waitForLog((one) => /after a restart/.test(String(one.msg)), "what changed");
    expect(line.changed).toEqual(["http.listen"]);
    expect((await ask(port, "/healthz")).status).toBe(200);
  });

  it("listens there and nowhere else", () => {
    expect(listeningSockets(gateway.pid)).toHaveLength(1);
  });

  it("gives the port back when it stops", async () => {
    expect(await gateway.stop()).toEqual({ code: 0, signal: null });
    await expect(ask(port, "/healthz")).rejects.toMatchObject({ code: "ECONNREFUSED" });
  });
});

describe("http.listen that cannot be had", () => {
  let other: Server | undefined;
  afterEach(() => {
    other?.close();
    other = undefined;
  });

  async function taken(): Promise<string> {
    const port = await freePort();
    const server = createServer();
    other = server;
    await new Promise<void>((resolve) => server.listen(port, "127.0.0.1", resolve));
    return `127.0.0.1:${port}`;
  }

  async function run(command: "start" | "check", listen: string) {
    const file = join(folder, "isthmus.yaml");
    writeFileSync(file, JSON.stringify({ ...config(listen), data_dir: join(folder, "data") }));
    return isthmus([command, "--config", file], { cwd: folder });
  }

  it("is one line and exit code 1: the port is in use", async () => {
    const listen = await taken();
    const { code, out, err } = await run("start", listen);
    expect([code, out, err]).toEqual([
      1,
      "",
      `${folder}/isthmus.yaml: http.listen: ${listen} is in use by another program; stop that one, or choose another port\n`,
    ]);
  });

  it("is one line and exit code 1: the address is another machine's", async () => {
    const { code, out, err } = await run("start", "192.0.2.1:8080");
    expect([code, out, err]).toEqual([
      1,
      "",
      `${folder}/isthmus.yaml: http.listen: 192.0.2.1:8080 is not an address of this machine; choose one that it has, such as 127.0.0.1\n`,
    ]);
  });

  it("is found by isthmus check, which says when the port is free", async () => {
    const listen = await taken();
    const found = await run("check", listen);
    expect(found.code).toBe(1);
    expect(found.out).toContain(`FAILED http.listen ${listen}: `);
    expect(found.out).toContain("is in use by another program; stop that one, or choose another port");
    other?.close();
    const again = await run("check", listen);
    expect([again.code, again.out]).toEqual([
      0,
      expect.stringContaining(`ok     http.listen ${listen}: free\n`),
    ]);
  });
});

/** Sockets on which a process listens, by /proc (proc(5), state 0A). */
function listeningSockets(pid: number): string[] {
  const tables = ["tcp", "tcp6"].map((name) => readFileSync(`/proc/${pid}/net/${name}`, "utf8"));
  const rows = tables.join("\n").split("\n");
  const listening = rows.map((row) => row.trim().split(/\s+/)).filter((fields) => fields[3] === "0A");
  const own = readdirSync(`/proc/${pid}/fd`).map((fd) => readlinkSync(`/proc/${pid}/fd/${fd}`));
  return listening.map((fields) => `socket:[${fields[9]}]`).filter((socket) => own.includes(socket));
}

it("without http.listen nothing listens", async () => {
  const gateway = await startGateway({ config: { ...config(":1"), http: {} } });
  try {
    expect(listeningSockets(gateway.pid)).toEqual([]);
  } finally {
    await gateway.remove();
  }
});
