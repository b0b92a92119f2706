import { afterAll, beforeAll, expect, it } from "vitest";
import { type Gateway, startGateway } from "../support/gateway.ts";
import { type IrcPeer, ircPeer } from "../support/irc-peer.ts";
import { type IrcServer, startNgircd } from "../support/ngircd.ts";
import { startProsody, type XmppServer } from "../support/prosody.ts";
import { errorOf, isError, type XmppClient, xmppClient } from "../support/xmpp-client.ts";

/** One process, two components: each has a stream of its own, and neither is the other's trouble. */

const first = { domain: "irc.example.org", secret: "pale-moon-secret" };
const second = { domain: "chat.example.org", secret: "envious-moon-secret" };
const ROOM_OF_FIRST = `#verona%irc.test@${first.domain}`;
const ROOM_OF_SECOND = `#verona%irc.test@${second.domain}`;
let xmpp: XmppServer;
let irc: IrcServer;
let alice: IrcPeer;
const ending: { remove(): Promise<void> }[] = [];

beforeAll(async () => {
  [xmpp, irc] = await Promise.all([
    startProsody({ components: [first, second], users: ["romeo", "juliet"] }),
    startNgircd(),
  ]);
  alice = await ircPeer({ host: irc.host, port: irc.port, nick: "alice" });
  await alice.join("#verona");
});
afterAll(async () => {
  await alice?.quit();
  for (const one of ending.splice(0)) await one.remove();
  await Promise.all([xmpp?.stop(), irc?.stop()]);
});

/** A gateway with both components; `secret` is what it knows of the second one's. */
async function bothComponents(secret: string, waitReady: boolean): Promise<Gateway> {
  const servers = { "irc.test": { host: irc.host, port: irc.port, tls: false, flood: "off" } };
  const of = (component: object) => ({ ...component, adapter: "irc", options: { servers } });
  const gateway = await startGateway({
    config: {
      xmpp: { port: xmpp.componentPort, limits: { reconnect_first: "100ms", reconnect_most: "200ms" } },
      components: [of(first), of({ ...second, secret })],
    },
    waitReady,
  });
  ending.push(gateway);
  return gateway;
}

async function user(name: string): Promise<XmppClient> {
  const client = await xmppClient(xmpp, name);
  await client.presence();
  ending.push({ remove: () => client.stop() });
  return client;
}

it("users talk through both components, with one another and with IRC, and each from its own domain", async () => {
  const gateway = await bothComponents(second.secret, true);
  const [romeo, juliet] = [await user("romeo"), await user("juliet")];
  // One user through both at once, and one through the second alone.
  await romeo.join(ROOM_OF_FIRST, "romeo");
  await romeo.join(ROOM_OF_SECOND, "montague");
  await juliet.join(ROOM_OF_SECOND, "juliet");

  await romeo.say(ROOM_OF_FIRST, "but soft", "groupchat");
  await alice.waitForText("#verona", "but soft");
  await romeo.waitForBody(`${ROOM_OF_FIRST}/romeo`, "but soft");
  await romeo.waitForBody(`${ROOM_OF_SECOND}/romeo`, "but soft");
  await juliet.waitForBody(`${ROOM_OF_SECOND}/romeo`, "but soft");

  await juliet.say(ROOM_OF_SECOND, "ay me", "groupchat");
  await romeo.waitForBody(`${ROOM_OF_FIRST}/juliet`, "ay me");
  await romeo.waitForBody(`${ROOM_OF_SECOND}/juliet`, "ay me");

  // The same address through either is the same person on IRC, but another conversation.
  await romeo.say(`alice%irc.test@${first.domain}`, "by the first");
  expect((await alice.waitForText("alice", "by the first")).from).toBe("romeo");
  await romeo.say(`alice%irc.test@${second.domain}`, "by the second");
  expect((await alice.waitForText("alice", "by the second")).from).toBe("montague");
  alice.say("montague", "to the second");
  await romeo.waitForBody(`alice%irc.test@${second.domain}`, "to the second");

  for (const { jid, stanzas } of [romeo, juliet]) {
    for (const stanza of stanzas.all.filter(isError)) throw new Error(`an error came to ${jid}: ${stanza}`);
  }
  await Promise.all([romeo.stop(), juliet.stop()]);
  expect((await gateway.stop()).code).toBe(0);
});

it("a component whose secret is wrong keeps trying, says so, and disturbs the other one in nothing", async () => {
  const gateway = await bothComponents("not-the-secret", false);
  const refusal = () =>
    gateway.waitForLog(
      (line) => line.domain === second.domain && line.reason === "not-authorized",
      "the refusal of the second component",
    );
  expect((await refusal()).msg).toContain(`refuses the secret of ${second.domain}`);
  await gateway.waitForLog(
    (line) => line.domain === first.domain && /^connected/.test(line.msg ?? ""),
    "the first",
  );

  const romeo = await user("romeo");
  await romeo.join(ROOM_OF_FIRST, "romeo");
  for (let n = 0; n < 20; n++) {
    await romeo.say(ROOM_OF_FIRST, `line ${n}`, "groupchat");
    await romeo.waitForBody(`${ROOM_OF_FIRST}/romeo`, `line ${n}`);
    alice.say("#verona", `answer ${n}`);
    await romeo.waitForBody(`${ROOM_OF_FIRST}/alice`, `answer ${n}`);
  }
  // For the one that is away Prosody itself answers.
  const id = await romeo.say(`alice%irc.test@${second.domain}`, "is anybody there?");
  expect(errorOf(await romeo.waitForError(id)).condition).toBe("remote-server-timeout");

  const connections = gateway
    .logs()
    .filter(({ domain, msg }) => domain === first.domain && /^connected/.test(msg ?? ""));
  expect(connections).toHaveLength(1);
  expect(gateway.logs().some(({ ready }) => ready === true)).toBe(false);
  await romeo.stop();
  expect((await gateway.stop()).code).toBe(0);
});
