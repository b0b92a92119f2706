import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { loadConfig } from "../../src/config/load.ts";
import { isthmus } from "../support/isthmus.ts";

let folder = "";
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "isthmus-init-"));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const run = (args: string[], input = "") => isthmus(args, { cwd: folder, input });

describe("isthmus init", () => {
  it("asks, and writes a config that works and the server's snippet, with one secret, for the owner alone", async () => {
    const answers = [
      "example.com",
      "ejabberd",
      "",
      "99999",
      "5888",
      "",
      "gw.example.com",
      "irc://127.0.0.1:6667",
      "yes",
      "",
    ];
    const { code, out, err } = await run(["init"], `${answers.join("\n")}\n`);
    expect([code, err]).toEqual([0, ""]);
    expect(out).toContain("that is not a port; it is a number from 1 to 65535");
    const { components, config } = loadConfig(join(folder, "isthmus.yaml"), {});
    expect(config.xmpp).toMatchObject({ host: "127.0.0.1", port: 5888 });
    expect(components).toMatchObject([
      {
        domain: "gw.example.com",
        allow: ["example.com"],
        options: {
          fixed_server: "127.0.0.1",
          servers: { "127.0.0.1": { host: "127.0.0.1", port: 6667, tls: false } },
        },
      },
    ]);
    expect(components[0]?.secret).toMatch(/^[\w-]{32}$/);
    expect(readFileSync(join(folder, "ejabberd.yml"), "utf8")).toContain(
      `password: "${components[0]?.secret}"`,
    );
    for (const file of readdirSync(folder)) expect(statSync(join(folder, file)).mode & 0o777).toBe(0o600);
  });

  it.each([
    ["prosody", "prosody.cfg.lua", 5347],
    ["ejabberd", "ejabberd.yml", 5347],
    ["openfire", "openfire.md", 5275],
  ])("asks nothing with --yes: %s", async (server, file, port) => {
    const { code } = await run([
      "init",
      "--yes",
      "--domain",
      "example.org",
      "--server",
      server,
      "--config",
      "sub/x.yaml",
    ]);
    expect(code).toBe(0);
    const { components } = loadConfig(join(folder, "sub/x.yaml"), {});
    expect(components).toMatchObject([{ domain: "irc.example.org", port }]);
    expect(readFileSync(join(folder, "sub", file), "utf8")).toContain(components[0]?.secret);
  });

  it("never overwrites", async () => {
    writeFileSync(join(folder, "isthmus.yaml"), "mine");
    const { code, out, err } = await run(["init", "--yes", "--domain", "example.org"]);
    expect([code, out]).toEqual([1, ""]);
    expect(err).toBe("isthmus.yaml is there already; move it away, or name another with --config FILE\n");
    expect(readFileSync(join(folder, "isthmus.yaml"), "utf8")).toBe("mine");
  });

  it("writes nothing where the questions are not all answered", async () => {
    const { code, err } = await run(["init"], "example.com\n");
    expect([code, err]).toEqual([1, "nothing was written: the questions were not all answered\n"]);
    expect(readdirSync(folder)).toEqual([]);
  });

  it.each([
    [["--yes"], "Domain of your XMPP server? Answer with --domain"],
    [["--yes", "--domain", "a b"], "--domain a b: that is not a domain such as example.org"],
    [["--yes", "--domain", "a.b", "--server", "m"], "--server m: choose one of prosody, ejabberd, openfire"],
    [
      ["--yes", "--domain", "a.b", "--irc", "http://x"],
      '--irc http://x: "http://x" is not an IRC server; write irc.libera.chat or ircs://HOST:PORT',
    ],
  ])("says which option is wrong: %j", async (args, line) => {
    expect(await run(["init", ...args])).toMatchObject({ code: 1, err: `${line}\n` });
  });
});
