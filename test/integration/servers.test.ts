import { spawn } from "node:child_process";
import { chmodSync, readFileSync } from "node:fs";
import { afterEach, describe, expect, it } from "vitest";
import { startEjabberd } from "../support/ejabberd.ts";
import { startInspircd } from "../support/inspircd.ts";
import { ircPeer } from "../support/irc-peer.ts";
import { startNgircd } from "../support/ngircd.ts";
import { makeFolder, removeFolder } from "../support/process.ts";
import { startProsody } from "../support/prosody.ts";
import { slicingProxy } from "../support/slicing-proxy.ts";
import { errorOf, xmppClient } from "../support/xmpp-client.ts";

/** The launchers themselves: whatever the other suites stand on has to hold. */

const MULTILINGUAL = "Grüße, 你好 🌉 שלום e\u0301";
const running: { stop(): Promise<unknown> }[] = [];
afterEach(async () => {
  for (const one of running.splice(0).reverse()) await one.stop();
});
function ended<T extends { stop(): Promise<unknown> }>(one: T): T {
  running.push(one);
  return one;
}

/** Whether the process is there and is no zombie that nobody waited for. */
function runs(pid: number): boolean {
  try {
    return !/^\d+ \(.*\) Z/.test(readFileSync(`/proc/${pid}/stat`, "utf8"));
  } catch {
    return false;
  }
}

describe.each([
  ["Prosody", startProsody, "remote-server-timeout"],
  // Its route begins with the component; without one, and with s2s off, nothing may go there.
  ["ejabberd", startEjabberd, "forbidden"],
] as const)("%s", (_name, start, condition) => {
  const options = {
    components: [{ domain: "irc.example.org", secret: "secret" }],
    users: ["romeo", "juliet"],
  };

  it("carries a multilingual message between two users, byte for byte", async () => {
    const server = ended(await start(options));
    const romeo = ended(await xmppClient(server, "romeo"));
    const juliet = ended(await xmppClient(server, "juliet"));
    await juliet.presence();
    await romeo.say(juliet.jid, MULTILINGUAL);
    await juliet.waitForBody(romeo.jid, MULTILINGUAL);
  });

  it("answers for a component that is not connected with an error", async () => {
    const server = ended(await start(options));
    const romeo = ended(await xmppClient(server, "romeo"));
    const answer = await romeo.ping("irc.example.org");
    expect(errorOf(answer).condition).toBe(condition);
  });

  it("keeps its accounts over a restart and over kill -9, and takes new ones while it runs", async () => {
    const server = ended(await start(options));
    await server.addUser("nurse", "nurse");
    await server.restart();
    ended(await xmppClient(server, "romeo"));
    await server.kill();
    await server.restart();
    ended(await xmppClient(server, "nurse"));
  });

  it("leaves no process and no folder behind", async () => {
    const server = await start(options);
    const { pid } = server;
    await server.stop();
    expect(runs(pid)).toBe(false);
  });
});

describe.each([
  ["ngIRCd", startNgircd],
  ["InspIRCd", startInspircd],
] as const)("%s", (_name, start) => {
  it("carries a line between two users in a channel, and again after a restart", async () => {
    const server = ended(await start());
    for (let life = 0; life < 2; life++) {
      const alice = await ircPeer({ ...server, nick: "alice" });
      const bob = await ircPeer({ ...server, nick: "bob" });
      await alice.join("#verona");
      await bob.join("#verona");
      alice.say("#verona", MULTILINGUAL);
      const line = await bob.waitForText("#verona", MULTILINGUAL);
      expect(line.from).toBe("alice");
      if (life === 0) await server.restart();
      await Promise.all([alice.quit(), bob.quit()]);
    }
  });

  it("takes 200 lines at once and drops nobody", async () => {
    const server = ended(await start());
    const alice = await ircPeer({ ...server, nick: "alice" });
    const bob = await ircPeer({ ...server, nick: "bob" });
    await bob.join("#verona");
    await alice.join("#verona");
    for (let i = 0; i < 200; i++) alice.say("#verona", `line ${i}`);
    for (let i = 0; i < 200; i++) await bob.waitForText("#verona", `line ${i}`);
    await Promise.all([alice.quit(), bob.quit()]);
  });
});

describe("InspIRCd with TLS", () => {
  it("is reached with verification by who trusts its authority, and by nobody else", async () => {
    const server = ended(await startInspircd());
    const alice = await ircPeer({ host: "127.0.0.1", port: server.tlsPort, nick: "alice", trust: server.ca });
    await alice.join("#verona");
    await alice.quit();
    const other = ended(await startInspircd());
    const stranger = { host: "127.0.0.1", port: server.tlsPort, nick: "mallory", trust: other.ca };
    await expect(ircPeer(stranger)).rejects.toThrow(/self-signed|unable|certificate|signature/);
  });

  it("kills a client that floods, where asked to", async () => {
    const server = ended(await startInspircd({ floodKill: true }));
    const alice = await ircPeer({ ...server, nick: "alice" });
    for (let i = 0; i < 200; i++) alice.send(`PRIVMSG alice :${i}`);
    await alice.closed;
  });
});

describe("slicing proxy", () => {
  it("passes everything on one byte a read, falls silent and cuts", async () => {
    const ngircd = ended(await startNgircd());
    const throughIrc = ended(await slicingProxy({ port: ngircd.port }));
    const alice = await ircPeer({ host: "127.0.0.1", port: throughIrc.port, nick: "alice" });
    alice.say("alice", MULTILINGUAL);
    await alice.waitForText("alice", MULTILINGUAL);
    throughIrc.freeze();
    alice.say("alice", "into the silence");
    throughIrc.thaw();
    await alice.waitForText("alice", "into the silence");
    throughIrc.cut();
    await alice.closed;
  });
});

describe("a test run that is killed", () => {
  it("takes its servers with it", async () => {
    const script = `import { startNgircd } from ${JSON.stringify(new URL("../support/ngircd.ts", import.meta.url))};
      const server = await startNgircd(); console.log(server.pid); setInterval(() => {}, 1000);`;
    const folder = makeFolder("killed");
    chmodSync(folder, 0o755);
    const child = spawn(process.execPath, ["--input-type=module", "-e", script], {
      env: { ...process.env, TMPDIR: folder },
      stdio: ["ignore", "pipe", "inherit"],
    });
    const pid = Number(
      await new Promise((resolve) => child.stdout.once("data", (data) => resolve(String(data)))),
    );
    expect(runs(pid)).toBe(true);
    child.kill("SIGKILL");
    await expect.poll(() => runs(pid)).toBe(false);
    removeFolder(folder);
  });
});
