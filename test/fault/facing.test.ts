import { connect, createServer } from "node:net";
import { afterEach, expect, it } from "vitest";
import { el } from "../../src/domain/element.ts";
import { type Gateway, startGateway } from "../support/gateway.ts";
import { ircPeer } from "../support/irc-peer.ts";
import { type IrcServer, startNgircd } from "../support/ngircd.ts";
import { startProsody, type XmppServer } from "../support/prosody.ts";
import { gatewayBack, plainWorld, room } from "../support/world.ts";
import { MUC, type XmppClient, xmppClient } from "../support/xmpp-client.ts";
import { crowd } from "./crowd.ts";
import { until } from "./traffic.ts";

/** Measures 5 and 21: gateways that meet one another, or something else that answers by itself. */

const ONE = "irc.example.org";
const TWO = "irc2.example.org";
const SECRET = "component-secret";

const ends: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const end of ends.splice(0).reverse()) await end();
});

it("nothing that answers by itself on IRC is answered: notices, answers to CTCP, CTCP that is not known", async () => {
  const world = await plainWorld();
  ends.push(() => world.end());
  const bot = await world.peer("bot");
  await bot.join("#verona");
  const romeo = await world.user("romeo");
  await romeo.join(room("#verona"), "romeo");
  for (const target of ["romeo", "#verona"]) {
    bot.send(`NOTICE ${target} :I am a bot`);
    bot.send(`NOTICE ${target} :\x01VERSION a bot\x01`);
    bot.send(`NOTICE ${target} :\x01PING 1\x01`);
    bot.send(`PRIVMSG ${target} :\x01ERRMSG what\x01`);
    bot.send(`PRIVMSG ${target} :\x01DCC SEND x 1 2 3\x01`);
  }
  bot.say("romeo", "the last");
  await romeo.waitForBody(room("bot"), "the last");
  await romeo.say(room("bot"), "done");
  await bot.waitForText("bot", "done");
  const heard = bot.lines.all.filter(
    ({ from, command }) => from === "romeo" && /^(NOTICE|PRIVMSG)$/.test(command),
  );
  expect(heard.map(({ params }) => params[1])).toEqual(["done"]);
});

/** Between a gateway and its server; keeps what the gateway says. */
async function tap(port: number): Promise<{ port: number; said(): string }> {
  let text = "";
  const server = createServer((near) => {
    const far = connect(port, "127.0.0.1");
    near.on("data", (data) => {
      text += data.toString("utf8");
    });
    for (const socket of [near, far]) socket.on("error", () => {});
    near.pipe(far).pipe(near);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  ends.push(async () => server.close());
  const address = server.address();
  return { port: typeof address === "object" && address !== null ? address.port : 0, said: () => text };
}

/** Messages from one gateway's addresses to the other's. */
function between(said: string, from: string, to: string): string[] {
  return (said.match(/<message [^>]*>/g) ?? []).filter(
    (head) =>
      new RegExp(`from=["'][^"']*@${from}`).test(head) && new RegExp(`to=["'][^"']*@${to}`).test(head),
  );
}

interface Pair {
  readonly xmpp: XmppServer;
  readonly irc: IrcServer;
  start(options?: { allow?: readonly string[]; domain?: string; port?: number }): Promise<Gateway>;
}

async function pair(domains: readonly string[], extra = ""): Promise<Pair> {
  const components = domains.map((domain) => ({ domain, secret: SECRET }));
  const xmpp = await startProsody({ components, users: ["juliet"], extra });
  const irc = await startNgircd();
  ends.push(
    () => xmpp.stop(),
    () => irc.stop(),
  );
  return {
    xmpp,
    irc,
    async start({ allow, domain = ONE, port = xmpp.componentPort } = {}) {
      const servers = { "irc.verona.test": { host: irc.host, port: irc.port, tls: false, flood: "off" } };
      const component = {
        domain,
        secret: SECRET,
        adapter: "irc",
        ...(allow && { allow }),
        options: { servers },
      };
      const gateway = await startGateway({
        config: {
          log: { format: "json", level: "debug" },
          xmpp: { port, limits: { reconnect_first: "50ms", reconnect_most: "200ms" } },
          components: [component],
        },
        waitReady: false,
      });
      ends.push(() => gateway.remove());
      return gateway;
    },
  };
}

it.each(["kick_new", "kick_old"])(
  "two gateways for one domain, %s: both say so in words, wait ever longer, and the users are served",
  async (resolve) => {
    const both = await pair([ONE], `component_conflict_resolve = "${resolve}"`);
    const gateways = [await both.start(), await both.start()];
    const juliet: XmppClient = await xmppClient(both.xmpp, "juliet");
    ends.push(() => juliet.stop());
    await juliet.presence();
    const conflicts = () =>
      gateways.map((gateway) =>
        gateway.logs().filter(({ reason, retryMs }) => reason === "conflict" && retryMs),
      );
    // Of two that are kicked in turn each has its own; of two where the first stays, only the second.
    const enough =
      resolve === "kick_old"
        ? (all: number[]) => all.every((n) => n >= 2)
        : (all: number[]) => Math.max(...all) >= 3;
    await until(() => enough(conflicts().map((lines) => lines.length)), "conflicts");
    for (const lines of conflicts()) {
      const waits = lines.map(({ retryMs }) => Number(retryMs));
      // Ten times the first wait at least (half of it by chance), doubled up to ten times the longest.
      for (const [index, wait] of waits.entries()) {
        expect(wait).toBeGreaterThanOrEqual(Math.min(50 * 2 ** index, 200) * 10 * 0.5);
      }
      for (const { msg } of lines)
        expect(msg).toMatch(/another connection for irc\.example\.org .*stop the other gateway/);
    }
    await gatewayBack(juliet);
  },
);

/** What the two say to one another when somebody on IRC writes to a contact of the second, or into its room. */
async function facing(ofOne: readonly string[], ofTwo: readonly string[], target: string): Promise<string[]> {
  const both = await pair([ONE, TWO]);
  const [tapOne, tapTwo] = [await tap(both.xmpp.componentPort), await tap(both.xmpp.componentPort)];
  await (await both.start({ allow: ofOne, port: tapOne.port })).waitForLog(
    ({ ready }) => ready === true,
    "ready",
  );
  const alice = await ircPeer({ host: both.irc.host, port: both.irc.port, nick: "alice" });
  ends.push(() => alice.stop());
  await alice.join("#verona");
  // A contact of the second becomes a user of the first.
  const before = await crowd(both.xmpp.componentPort, TWO, SECRET);
  const x = el("x", { xmlns: MUC });
  const tybalt = `tybalt%irc.verona.test@${TWO}/x`;
  before.link.send([el("presence", { from: tybalt, to: `#verona%irc.verona.test@${ONE}/tybalt` }, x)]);
  await before.stanzas.waitFor(({ attrs }) => attrs.type === "groupchat", "the subject");
  await before.stop();
  await (await both.start({ domain: TWO, allow: ofTwo, port: tapTwo.port })).waitForLog(
    ({ ready }) => ready === true,
    "ready",
  );
  const known = between(tapOne.said(), ONE, TWO).length;
  alice.say(target, "hello");
  const back = () => between(tapTwo.said(), TWO, ONE);
  await until(() => back().length > 0, "an answer of the second");
  const juliet = await xmppClient(both.xmpp, "juliet");
  ends.push(() => juliet.stop());
  // Whatever an answer leads to goes the same way as these.
  for (let round = 0; round < 20; round++) {
    for (const domain of [ONE, TWO]) await juliet.ping(domain);
    await alice.sync();
  }
  return [...between(tapOne.said(), ONE, TWO).slice(known), ...back()].map(
    (head) => /type=["'](\w+)/.exec(head)?.[1] ?? "normal",
  );
}

it("two gateways that face one another settle: an answer that is an error is the last word", async () => {
  const mine = ["example.org"];
  expect(await facing([...mine, TWO], mine, "tybalt")).toEqual(["chat", "error"]);
});

it("two gateways that serve one another settle over a private line: contacts of a gateway get no session", async () => {
  const mine = ["example.org"];
  expect(await facing([...mine, TWO], [...mine, ONE], "tybalt")).toEqual(["chat", "error"]);
});

it("two gateways that serve one another settle over a room's line", async () => {
  const mine = ["example.org"];
  expect(await facing([...mine, TWO], [...mine, ONE], "#verona")).toEqual(["groupchat", "error"]);
});

it("of two gateways on one server neither serves the other's contacts unless it is told to", async () => {
  const both = await pair([ONE, TWO]);
  await (await both.start()).waitForLog(({ ready }) => ready === true, "ready");
  const two = await crowd(both.xmpp.componentPort, TWO, SECRET);
  ends.push(() => two.stop());
  const presence = { from: `tybalt%irc.verona.test@${TWO}/x`, to: `#verona%irc.verona.test@${ONE}/tybalt` };
  two.link.send([el("presence", presence, el("x", { xmlns: MUC }))]);
  const answer = await two.stanzas.waitFor(() => true, "an answer");
  expect(answer).toMatchObject({ name: "presence", attrs: { type: "error" } });
  expect(JSON.stringify(answer)).toContain("forbidden");
});
