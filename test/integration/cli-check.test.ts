import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { startGateway } from "../support/gateway.ts";
import { isthmus } from "../support/isthmus.ts";
import { type IrcServer, startNgircd } from "../support/ngircd.ts";
import { freePort } from "../support/ports.ts";
import { makeFolder, removeFolder } from "../support/process.ts";
import { startProsody, type XmppServer } from "../support/prosody.ts";

const secret = "pale-moon-secret";
let xmpp: XmppServer;
let irc: IrcServer;
let folder: string;

beforeAll(async () => {
  folder = makeFolder("check");
  [xmpp, irc] = await Promise.all([
    startProsody({ components: [{ domain: "irc.example.org", secret }] }),
    startNgircd(),
  ]);
});
afterAll(async () => {
  await Promise.all([xmpp?.stop(), irc?.stop()]);
  removeFolder(folder);
});

interface Changes {
  readonly port?: number;
  readonly component?: Record<string, unknown>;
  readonly ircPort?: number;
  readonly rest?: Record<string, unknown>;
}

function config({ port, component, ircPort, rest }: Changes = {}): Record<string, unknown> {
  const servers = { "irc.test": { host: "127.0.0.1", port: ircPort ?? irc.port, tls: false } };
  return {
    xmpp: { port: port ?? xmpp.componentPort },
    components: [{ domain: "irc.example.org", secret, adapter: "irc", options: { servers }, ...component }],
    ...rest,
  };
}

async function check(changes?: Changes) {
  const file = join(folder, "isthmus.yaml");
  writeFileSync(file, JSON.stringify(config(changes)));
  const { code, out, err } = await isthmus(["check", "--config", file], { cwd: folder });
  expect(out + err).not.toContain(secret);
  return { code, lines: (out + err).trimEnd().split("\n") };
}

describe("isthmus check", () => {
  it("says what was seen, one line each, and exits 0 where all is well", async () => {
    const { code, lines } = await check();
    expect(lines).toEqual([
      expect.stringMatching(/^ok {5}config: .*isthmus\.yaml, 1 component$/),
      expect.stringMatching(/^ok {5}data_dir .*: can be written$/),
      expect.stringMatching(/^ok {5}disk space: \d+ [GM]B free$/),
      `ok     irc.example.org on XMPP: accepted by 127.0.0.1:${xmpp.componentPort}`,
      "ok     clock, beside that of example.org: the same",
      expect.stringMatching(/^ok {5}irc\.example\.org: .*irc\.test/),
      "All 6 checks passed.",
    ]);
    expect(code).toBe(0);
  });

  it("a wrong secret", async () => {
    const { code, lines } = await check({ component: { secret: "another-one" } });
    expect(code).toBe(1);
    expect(lines.find((line) => line.startsWith("FAILED"))).toMatch(/irc\.example\.org on XMPP: .*secret/);
  });

  it("a domain that the server does not know", async () => {
    const { code, lines } = await check({ component: { domain: "nobody.example.org" } });
    expect(code).toBe(1);
    expect(lines.find((line) => line.startsWith("FAILED"))).toMatch(
      /nobody\.example\.org on XMPP: .*nobody\.example\.org/,
    );
  });

  it("no XMPP server and no IRC server there", async () => {
    const [port, ircPort] = [await freePort(), await freePort()];
    const { code, lines } = await check({ port, ircPort });
    expect(code).toBe(1);
    const failed = lines.filter((line) => line.startsWith("FAILED"));
    expect(failed).toHaveLength(2);
    expect(failed[0]).toContain(`127.0.0.1:${port}`);
    expect(failed[1]).toContain("irc.test");
    expect(lines.at(-1)).toMatch(/^2 of \d checks failed\.$/);
  });

  it("an option that the adapter does not know, with its place", async () => {
    const { code, lines } = await check({ component: { options: { sevrers: {} } } });
    expect(code).toBe(1);
    expect(lines.join("\n")).toMatch(
      /FAILED irc\.example\.org: adapter: .*isthmus\.yaml:1: irc\.example\.org: options: sevrers: .*"servers"/,
    );
  });

  it("an adapter that there is not", async () => {
    const { code, lines } = await check({ component: { adapter: "icr" } });
    expect([code, lines.join("\n")]).toEqual([
      1,
      expect.stringMatching(/there is no adapter "icr"; use irc/),
    ]);
  });

  it("a data folder that cannot be made", async () => {
    writeFileSync(join(folder, "file"), "");
    const { code, lines } = await check({ rest: { data_dir: join(folder, "file", "data") } });
    expect(code).toBe(1);
    expect(lines[1]).toMatch(
      /^FAILED data_dir .*: .*cannot be written: a part of its path is not a folder; choose a folder that this user can write$/,
    );
  });

  it("leaves a gateway that runs alone, and says so", async () => {
    const gateway = await startGateway({ config: config() });
    try {
      const { code, out } = await isthmus(["check", "--config", gateway.configFile], { cwd: folder });
      expect(out).toContain("can be written; the gateway is running on it");
      expect(out).toContain("on XMPP: not tried: the gateway is running, and would be cut off");
      expect(code).toBe(0);
      expect(gateway.logs().filter((line) => line.reason === "conflict")).toEqual([]);
    } finally {
      await gateway.remove();
    }
  });
});
