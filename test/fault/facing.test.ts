import { afterEach, expect, it } from "vitest";
import { type Gateway, startGateway } from "../support/gateway.ts";
import { type IrcServer, startNgircd } from "../support/ngircd.ts";
import { startProsody, type XmppServer } from "../support/prosody.ts";
import { gatewayBack, plainWorld, room } from "../support/world.ts";
import { type XmppClient, xmppClient } from "../support/xmpp-client.ts";
import { until } from "./traffic.ts";

/** Measures 5 and 21: gateways that meet one another, or something else that answers by itself. */

const ONE = "irc.example.org";
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

interface Pair {
  readonly xmpp: XmppServer;
  readonly irc: IrcServer;
  start(options?: { allow?: string[]; domain?: string }): Promise<Gateway>;
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
    async start({ allow, domain = ONE } = {}) {
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
          xmpp: { port: xmpp.componentPort, limits: { reconnect_first: "50ms", reconnect_most: "200ms" } },
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
