import { join } from "node:path";
import { afterEach, beforeEach, expect, it } from "vitest";
import { openWeb, type Web, whyNotListening } from "../../src/cli/web.ts";
import { parseConfig } from "../../src/config/load.ts";
import { createLog } from "../../src/ops/log.ts";
import type { Database } from "../../src/sqlite/database.ts";
import { openDatabase } from "../../src/sqlite/group-commit.ts";
import { ask } from "../support/http.ts";
import { freePort } from "../support/ports.ts";
import { makeFolder, removeFolder } from "../support/process.ts";
import { smallDisk } from "../unit/sqlite/small-disk.ts";

/** What the gateway says of its health, for each state that its parts can be in. */

const notes = { owner: "notes", steps: ["CREATE TABLE note (text TEXT NOT NULL)"] };
const log = createLog({ level: "error", format: "json", secrets: [] }, { write() {} });
let folder: string;
let database: Database;
let web: Web | undefined;
let port: number;

beforeEach(() => {
  folder = makeFolder("web");
});
afterEach(async () => {
  await web?.close(0);
  web = undefined;
  database?.close();
  removeFolder(folder);
});

/** The program as far as its health goes: a real data file, and components that are online or not. */
async function open(online: Record<string, boolean>, dataDir = folder): Promise<void> {
  port = await freePort();
  database = openDatabase(join(dataDir, "isthmus.db"), [notes]);
  const component = (domain: string) => ({
    domain,
    get online() {
      return online[domain] === true;
    },
  });
  const gateways = new Map(Object.keys(online).map((domain) => [domain, component(domain)]));
  const text = `http: {listen: "127.0.0.1:${port}"}\ncomponents: [{domain: irc.example.org, secret: s, adapter: irc}]`;
  web = await openWeb(parseConfig(text, "isthmus.yaml", {}), { database, gateways }, log);
}

it("is ready when every component is online, and names each that is not", async () => {
  const online = { "irc.example.org": false, "irc.example.net": false };
  await open(online);
  expect(await ask(port, "/readyz")).toEqual({
    status: 503,
    text: "irc.example.org is not connected to its XMPP server\nirc.example.net is not connected to its XMPP server\n",
  });
  online["irc.example.org"] = true;
  expect(await ask(port, "/readyz")).toEqual({
    status: 503,
    text: "irc.example.net is not connected to its XMPP server\n",
  });
  online["irc.example.net"] = true;
  expect(await ask(port, "/readyz")).toEqual({ status: 200, text: "ready\n" });
});

it("is not ready any more when it stops, and still alive", async () => {
  await open({ "irc.example.org": true });
  web?.stopping();
  expect(await ask(port, "/readyz")).toEqual({ status: 503, text: "the gateway is stopping\n" });
  expect(await ask(port, "/healthz")).toEqual({ status: 200, text: "ok\n" });
});

it("is not alive while the disk is full", async (context) => {
  const disk = smallDisk(context, "4m");
  try {
    await open({ "irc.example.org": true }, disk.folder);
    disk.fill(0);
    const full = await ask(port, "/healthz");
    expect(full).toEqual({ status: 503, text: expect.stringContaining("the disk is full: make room") });
    expect((await ask(port, "/readyz")).status).toBe(200);
    disk.empty();
    await expect.poll(() => ask(port, "/healthz"), { timeout: 5_000 }).toEqual({ status: 200, text: "ok\n" });
  } finally {
    await web?.close(0);
    database.close();
    disk.remove();
  }
});

it("is not alive when its data file is closed", async () => {
  await open({ "irc.example.org": true });
  database.close();
  expect((await ask(port, "/healthz")).status).toBe(503);
});

it("leaves the data file to others when it cannot listen", async () => {
  await open({ "irc.example.org": true });
  const again = openDatabase(join(folder, "other.db"), [notes]);
  const text = `http: {listen: "127.0.0.1:${port}"}\ncomponents: [{domain: irc.example.org, secret: s, adapter: irc}]`;
  const observed = { database: again, gateways: new Map() };
  await expect(openWeb(parseConfig(text, "isthmus.yaml", {}), observed, log)).rejects.toThrow(
    `isthmus.yaml: http.listen: 127.0.0.1:${port} is in use by another program`,
  );
  openDatabase(join(folder, "other.db"), [notes]).close();
});

it.each([
  ["EACCES", "this user may not listen on gw:80; choose a port from 1024 up, or"],
  ["ENOTFOUND", "the host of gw:80 is not known here; choose an address of this machine, such as"],
  ["EMFILE", "cannot listen on gw:80: the system's words; choose another address or port"],
])("a refusal to listen has a cure in its line: %s", (code, line) => {
  expect(whyNotListening("gw:80", Object.assign(new Error("the system's words"), { code }))).toContain(line);
});
