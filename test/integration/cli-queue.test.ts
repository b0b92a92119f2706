import { afterAll, beforeAll, expect, it } from "vitest";
import { type Gateway, startGateway } from "../support/gateway.ts";
import { ircPeer } from "../support/irc-peer.ts";
import { isthmus } from "../support/isthmus.ts";
import { type IrcServer, startNgircd } from "../support/ngircd.ts";
import { startProsody, type XmppServer } from "../support/prosody.ts";
import { errorOf, type XmppClient, xmppClient } from "../support/xmpp-client.ts";

const component = { domain: "irc.example.org", secret: "pale-moon-secret" };
const romeo = "romeo%irc.test@irc.example.org";
let xmpp: XmppServer;
let irc: IrcServer;
let gateway: Gateway;
let juliet: XmppClient;

beforeAll(async () => {
  [xmpp, irc] = await Promise.all([
    startProsody({ components: [component], users: ["juliet"] }),
    startNgircd(),
  ]);
  const servers = { "irc.test": { host: irc.host, port: irc.port, tls: false } };
  gateway = await startGateway({
    config: {
      xmpp: { port: xmpp.componentPort },
      components: [{ ...component, adapter: "irc", options: { servers, lifetime: "1s" } }],
    },
  });
  juliet = await xmppClient(xmpp, "juliet");
});
afterAll(async () => {
  await juliet?.stop();
  await gateway?.remove();
  await Promise.all([xmpp?.stop(), irc?.stop()]);
});

async function queue(...args: string[]): Promise<{ code: number | null; text: string }> {
  const { code, out, err } = await isthmus(["queue", ...args, "--config", gateway.configFile], { cwd: "/" });
  return { code, text: out + err };
}

it("a message that expired is listed, shown, sent again by hand, and then gone", async () => {
  expect(await queue()).toEqual({ code: 0, text: "Nothing waits.\n" });
  expect(await queue("dead")).toEqual({ code: 0, text: "No message has failed.\n" });

  await irc.down();
  const id = await juliet.say(romeo, "wherefore art thou?");
  expect(errorOf(await juliet.waitForError(id))).toMatchObject({ condition: "remote-server-timeout" });

  const dead = await queue("dead");
  const [head, letter] = dead.text.split("\n");
  expect(head).toMatch(/^id +when +state +user +conversation +why$/);
  expect(letter).toMatch(/^\S+ +\S+Z +expired +→ +juliet@example\.org +romeo%irc\.test /);
  const envelope = letter?.split(" ")[0] ?? "";

  const shown = await queue("show", envelope);
  expect(shown.text).toMatch(/^state +expired, attempts: \d+$/m);
  expect(shown.text).toContain('"text":"wherefore art thou?"');

  await irc.restart();
  const peer = await ircPeer({ host: irc.host, port: irc.port, nick: "romeo" });
  expect((await queue("retry", envelope)).code).toBe(0);
  await peer.waitForText("romeo", "wherefore art thou?", 20_000);
  await peer.quit();
  expect(await queue("dead")).toEqual({ code: 0, text: "No message has failed.\n" });
});

it("a dead letter can be dropped", async () => {
  await irc.down();
  const id = await juliet.say(romeo, "never mind");
  await juliet.waitForError(id);
  const envelope = (await queue("dead")).text.split("\n")[1]?.split(" ")[0] ?? "";
  expect(await queue("drop", envelope)).toEqual({ code: 0, text: `${envelope} is dropped\n` });
  expect(await queue("dead")).toEqual({ code: 0, text: "No message has failed.\n" });
  await irc.restart();
});

it("an id that there is not is one line, and exit code 1", async () => {
  expect(await queue("show", "nothing")).toEqual({
    code: 1,
    text: "nothing: nothing of that id waits or failed; isthmus queue dead lists what failed\n",
  });
  for (const action of ["retry", "drop"]) {
    expect(await queue(action, "nothing")).toEqual({
      code: 1,
      text: "nothing: there is no such dead letter; isthmus queue dead lists them\n",
    });
  }
});
