import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { afterAll, beforeAll, expect, it } from "vitest";
import { type Gateway, startGateway } from "../support/gateway.ts";
import { type IrcPeer, ircPeer } from "../support/irc-peer.ts";
import { isthmus } from "../support/isthmus.ts";
import { type IrcServer, startNgircd } from "../support/ngircd.ts";
import { startProsody, type XmppServer } from "../support/prosody.ts";
import { type SlicingProxy, slicingProxy } from "../support/slicing-proxy.ts";
import { type XmppClient, xmppClient } from "../support/xmpp-client.ts";

/** What an operator sees of a queue in which something waits, beside the gateway that holds it. */

const component = { domain: "irc.example.org", secret: "pale-moon-secret" };
const TO_ROMEO = "romeo%irc.test@irc.example.org";
/** How long the queue may take to look as expected, milliseconds. */
const PATIENCE = 30_000;
let xmpp: XmppServer;
let irc: IrcServer;
let way: SlicingProxy;
let romeo: IrcPeer;
let gateway: Gateway;
let juliet: XmppClient;

beforeAll(async () => {
  [xmpp, irc] = await Promise.all([
    startProsody({ components: [component], users: ["juliet"] }),
    startNgircd(),
  ]);
  // Romeo is there all the time; only the gateway's own way to him is shut and opened.
  way = await slicingProxy({ port: irc.port, slice: Number.POSITIVE_INFINITY });
  romeo = await ircPeer({ host: irc.host, port: irc.port, nick: "romeo" });
  const server = { host: way.host, port: way.port, tls: false };
  gateway = await startGateway({
    config: {
      xmpp: { port: xmpp.componentPort },
      components: [{ ...component, adapter: "irc", options: { servers: { "irc.test": server } } }],
    },
  });
  juliet = await xmppClient(xmpp, "juliet");
});
afterAll(async () => {
  await juliet?.stop();
  await gateway?.remove();
  await romeo?.quit();
  await way?.stop();
  await Promise.all([xmpp?.stop(), irc?.stop()]);
});

async function queue(...args: string[]): Promise<{ code: number | null; text: string }> {
  const { code, out, err } = await isthmus(["queue", ...args, "--config", gateway.configFile], { cwd: "/" });
  return { code, text: out + err };
}

/** Asks again and again until the list looks so. */
async function listed(pattern: RegExp): Promise<string> {
  const end = Date.now() + PATIENCE;
  for (;;) {
    const { text } = await queue("list");
    if (pattern.test(text)) return text;
    if (Date.now() > end) throw new Error(`the queue did not come to match ${pattern}:\n${text}`);
  }
}

/** Ids of what waits, in order. */
function waitingIds(): string[] {
  const data = new DatabaseSync(join(gateway.dataDir, "isthmus.db"), { readOnly: true });
  const rows = data.prepare("SELECT data ->> 0 AS id FROM queue_envelope ORDER BY seq").all();
  data.close();
  return rows.map(({ id }) => String(id));
}

it("what waits for a server that takes no connection is listed with its state and the reason, and can be looked at", async () => {
  way.refuse(true);
  await juliet.say(TO_ROMEO, "wherefore art thou?");
  await juliet.say(TO_ROMEO, "deny thy father");

  const text = await listed(/ 2 +\d+s +backoff /);
  const [head, lane, ...rest] = text.split("\n");
  expect(head).toMatch(/^ +user +conversation +component +waiting +oldest +state +attempts +first id +why$/);
  expect(lane).toMatch(
    /^→ +juliet@example\.org +romeo%irc\.test +irc\.example\.org +2 +\d+s +backoff +[1-9]\d* +[0-9a-z]{20} +attempt \d+ failed: .*(?:closed the connection|connection to irc\.test broke)/,
  );
  expect(rest).toEqual([""]);
  // Nothing of what people wrote is in the list.
  expect(text).not.toMatch(/wherefore|deny/);

  const [first = "", second = ""] = waitingIds();
  const shown = await queue("show", first);
  expect(shown.code).toBe(0);
  expect(shown.text).toMatch(/^state +waiting, attempts: [1-9]\d*$/m);
  expect(shown.text).toMatch(/^conversation +juliet@example\.org → romeo%irc\.test$/m);
  expect(shown.text).toContain('"text":"wherefore art thou?"');
  expect(shown.text).toMatch(/Z {2}accepted$/m);
  expect(shown.text).toMatch(/Z {2}attempt 1 failed: /m);
  expect((await queue("show", second)).text).toContain('"text":"deny thy father"');
});

it("what waits still is no dead letter: it cannot be dropped or sent again by hand, and stays", async () => {
  const before = waitingIds();
  for (const action of ["drop", "retry"]) {
    expect(await queue(action, before[0] ?? "")).toEqual({
      code: 1,
      text: `${before[0]}: it still waits to be delivered; only what failed can be retried or dropped\n`,
    });
  }
  expect(waitingIds()).toEqual(before);
  expect(await queue("dead")).toEqual({ code: 0, text: "No message has failed.\n" });
});

it("when the server takes connections again it all arrives in order, and nothing waits any more", async () => {
  way.refuse(false);
  await romeo.waitForText("romeo", "deny thy father", PATIENCE);
  const said = romeo.lines.all.filter(
    ({ command, params }) => command === "PRIVMSG" && params[0] === "romeo",
  );
  expect(said.map(({ params }) => params[1])).toEqual(["wherefore art thou?", "deny thy father"]);
  await listed(/^Nothing waits\.\n$/);
});
