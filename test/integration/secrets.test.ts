import { readFileSync } from "node:fs";
import { afterAll, beforeAll, expect, it } from "vitest";
import { type Gateway, startGateway } from "../support/gateway.ts";
import { ircPeer } from "../support/irc-peer.ts";
import { type IrcServer, startNgircd } from "../support/ngircd.ts";
import { startProsody, type XmppServer } from "../support/prosody.ts";
import { errorOf, type XmppClient, xmppClient } from "../support/xmpp-client.ts";

/** Measure 22: no secret in logs, errors or the process list, at the most talkative level. */

const secrets = {
  component: "pale-moon-secret",
  server: "irc-server-password",
  wrong: "another-wrong-password",
  key: "channel-key-mellon",
};
const domain = "irc.example.org";
let xmpp: XmppServer;
let irc: IrcServer;
let gateway: Gateway;
let juliet: XmppClient;

beforeAll(async () => {
  [xmpp, irc] = await Promise.all([
    startProsody({ components: [{ domain, secret: secrets.component }], users: ["juliet"] }),
    startNgircd({ extra: `[Global]\nPassword = ${secrets.server}` }),
  ]);
  const server = { host: irc.host, port: irc.port, tls: false };
  const servers = {
    "right.test": { ...server, password: secrets.server },
    "wrong.test": { ...server, password: secrets.wrong },
  };
  gateway = await startGateway({
    config: {
      xmpp: { port: xmpp.componentPort },
      log: { level: "debug", format: "json" },
      components: [{ domain, secret: secrets.component, adapter: "irc", options: { servers } }],
    },
  });
  juliet = await xmppClient(xmpp, "juliet");
});
afterAll(async () => {
  await juliet?.stop();
  await gateway?.remove();
  await Promise.all([xmpp?.stop(), irc?.stop()]);
});

it("none is told, whether things go well or wrong", async () => {
  const peer = await ircPeer({ host: irc.host, port: irc.port, nick: "romeo", password: secrets.server });
  await peer.join("#locked");
  await peer.mode("#locked", `+k ${secrets.key}`);

  const room = (name: string, server: string) => `#${name}%${server}@${domain}`;
  const refused = await juliet
    .join(room("locked", "wrong.test"), "juliet")
    .catch((error: Error) => error.message);
  expect(refused).toMatch(/password/);
  await juliet.join(room("locked", "right.test"), "juliet", { password: secrets.key });
  const id = await juliet.say(`nobody%right.test@${domain}`, "are you there?");
  expect(errorOf(await juliet.waitForError(id)).condition).toBe("item-not-found");
  await peer.quit();

  const processes = readFileSync(`/proc/${gateway.pid}/cmdline`, "utf8");
  await gateway.stop();
  const log = gateway.logs().map((line) => JSON.stringify(line));
  expect(log.some((line) => line.includes("bad-credentials"))).toBe(true);
  const told = [...log, ...juliet.stanzas.all.map(String), String(refused), processes].join("\n");
  for (const secret of Object.values(secrets)) expect(told).not.toContain(secret);
});
