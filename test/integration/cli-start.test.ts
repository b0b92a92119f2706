import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type Gateway, startGateway } from "../support/gateway.ts";
import { isthmus } from "../support/isthmus.ts";
import { makeFolder, removeFolder } from "../support/process.ts";
import { startProsody, type XmppServer } from "../support/prosody.ts";

const secret = "pale-moon-secret";
let xmpp: XmppServer;
let folder: string;

beforeAll(async () => {
  folder = makeFolder("start");
  xmpp = await startProsody({ components: [{ domain: "irc.example.org", secret }] });
});
afterAll(async () => {
  await xmpp?.stop();
  removeFolder(folder);
});

const component = { domain: "irc.example.org", secret, adapter: "irc" };
const gatewayConfig = () => ({ xmpp: { port: xmpp.componentPort }, components: [component] });

describe("a start that cannot be is one line, and exit code 1", () => {
  const refused = async (text: string) => {
    const file = join(folder, "isthmus.yaml");
    writeFileSync(file, text);
    const { code, out, err } = await isthmus(["start", "--config", file], { cwd: folder });
    expect([code, out]).toEqual([1, ""]);
    expect(err.match(/\n/g)).toHaveLength(1);
    expect(err).not.toMatch(/^ +at /m);
    return err.trimEnd().replaceAll(`${folder}/`, "");
  };
  const components = "components: [{domain: irc.example.org, secret: pale-moon-secret, adapter: irc}]\n";

  it("an unknown key", async () => {
    expect(await refused(`data_dri: x\n${components}`)).toBe(
      'isthmus.yaml:1: data_dri: there is no such key; did you mean "data_dir"?',
    );
  });

  it("an unknown key in the adapter's options", async () => {
    expect(await refused(components.replace("adapter: irc", "adapter: irc, options: {sevrers: {}}"))).toMatch(
      /^isthmus\.yaml:1: irc\.example\.org: options: sevrers: .*"servers"/,
    );
  });

  it("a secret that is not there", async () => {
    expect(await refused(components.replace("pale-moon-secret", `"\${NO_SUCH_SECRET}"`))).toContain(
      "components[0].secret: the environment variable NO_SUCH_SECRET is not set",
    );
  });

  it("a data folder that is a file", async () => {
    writeFileSync(join(folder, "file"), "");
    expect(await refused(`data_dir: file\n${components}`)).toMatch(
      /^isthmus\.yaml: data_dir: file cannot be written: .*; choose a folder that this user can write$/,
    );
  });

  it("a data file that is none", async () => {
    const data = makeFolder("bad-data");
    writeFileSync(join(data, "isthmus.db"), "not a database".repeat(100));
    expect(await refused(`data_dir: ${data}\n${components}`)).toContain(`${data}/isthmus.db`);
    removeFolder(data);
  });

  it("no config at all", async () => {
    const { code, err } = await isthmus(["start", "--config", "none.yaml"], { cwd: folder });
    expect([code, err]).toEqual([
      1,
      "none.yaml: cannot read the config: there is no such file or folder; name it with --config FILE, or make one with: isthmus init\n",
    ]);
  });
});

describe("a gateway that runs", () => {
  let gateway: Gateway;
  beforeAll(async () => {
    gateway = await startGateway({ config: gatewayConfig() });
  });
  afterAll(() => gateway?.remove());

  it("refuses a second one on the same data, in one line", async () => {
    const { code, out, err } = await isthmus(["start", "--config", gateway.configFile], { cwd: folder });
    expect([code, out]).toEqual([1, ""]);
    expect(err).toMatch(/^\S*isthmus\.db is in use by another running gateway: [^\n]*\n$/);
  });

  it("reads its config again on SIGHUP, applies what it can and says what needs a restart", async () => {
    const before = readFileSync(gateway.configFile, "utf8");
    const config = JSON.parse(before);
    config.log.level = "debug";
    config.archive = { max_per_room: 5 };
    config.components.push({ ...component, domain: "more.example.org" });
    config.components[0].allow = ["example.org", "guest@example.net"];
    config.components[0].secret = "new-moon-secret";
    writeFileSync(gateway.configFile, JSON.stringify(config));
    gateway.signal("SIGHUP");
    const applied = await gateway.waitForLog(
      (line) => /in effect now/.test(String(line.msg)),
      "what changed",
    );
    expect(applied.changed).toEqual(["components[irc.example.org].allow", "log.level"]);
    const later = await gateway.waitForLog(
      (line) => /after a restart/.test(String(line.msg)),
      "what did not",
    );
    expect(later.changed).toEqual([
      "archive.max_per_room",
      "components[irc.example.org].secret",
      "components[more.example.org] (new)",
    ]);
  });

  it("keeps its config where the new one has a mistake, and names the mistake", async () => {
    writeFileSync(gateway.configFile, "components: []\n");
    gateway.signal("SIGHUP");
    const line = await gateway.waitForLog(
      (one) => /the present one stays/.test(String(one.msg)),
      "the refusal",
    );
    expect(JSON.stringify(line)).toContain("components: the list is empty");
  });

  it("leaves on SIGTERM with exit code 0, and says no secret in its whole life", async () => {
    expect(await gateway.stop()).toEqual({ code: 0, signal: null });
    const log = gateway
      .logs()
      .map((line) => JSON.stringify(line))
      .join("\n");
    expect(log).toContain('"msg":"stopped"');
    expect(log).not.toContain(secret);
    expect(log).not.toContain("new-moon-secret");
  });
});

it("starts while the XMPP server is away, says so, and is ready when it comes", async () => {
  await xmpp.down();
  const gateway = await startGateway({ config: gatewayConfig(), waitReady: false });
  try {
    const away = await gateway.waitForLog((line) => line.reason === "refused", "that nobody listens");
    expect(away.msg).toContain(`127.0.0.1:${xmpp.componentPort}`);
    await xmpp.restart();
    await gateway.waitForLog((line) => line.ready === true, "ready", 30_000);
  } finally {
    await gateway.remove();
  }
});
