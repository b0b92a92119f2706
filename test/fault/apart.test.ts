import { expect, it } from "vitest";
import { type IrcPeer, ircPeer } from "../support/irc-peer.ts";
import { startNgircd } from "../support/ngircd.ts";
import { slicingProxy } from "../support/slicing-proxy.ts";
import { GATEWAY, plainWorld, room } from "../support/world.ts";
import { from, isError, type XmppClient } from "../support/xmpp-client.ts";
import { until } from "./traffic.ts";

/** Measure 15: a dead destination holds up its own lane and no other. */

const DEAD_HOST = "dead.verona.test";
const LIVE = room("#verona");
const DEAD = `#verona%${DEAD_HOST}@${GATEWAY}`;
const MESSAGES = 200;

/** The user's own messages as the room gave them back: each was handed to IRC by then. */
function reflected(user: XmppClient, where: string): string[] {
  return user.stanzas.all
    .filter((stanza) => stanza.is("message") && !isError(stanza) && from(stanza, `${where}/romeo`))
    .map((stanza) => stanza.getChildText("body") ?? "");
}

function heard(peer: IrcPeer): string[] {
  return peer.lines.all.filter(({ command }) => command === "PRIVMSG").map(({ params }) => params[1] ?? "");
}

it("an IRC server that falls silent holds its own messages, and none of the same user's to another", async () => {
  const dying = await startNgircd();
  const proxy = await slicingProxy({ port: dying.port, slice: Number.POSITIVE_INFINITY });
  const world = await plainWorld({ hosts: { [DEAD_HOST]: { port: proxy.port } } });
  const bob = await ircPeer({ host: dying.host, port: dying.port, nick: "bob" });
  try {
    const alice = await world.peer("alice");
    await alice.join("#verona");
    await bob.join("#verona");
    const romeo = await world.user("romeo");
    await romeo.join(LIVE, "romeo");
    await romeo.join(DEAD, "romeo");
    proxy.freeze();
    const texts = (name: string) => Array.from({ length: MESSAGES }, (_, index) => `${name} ${index}`);
    for (let index = 0; index < MESSAGES; index++) {
      await romeo.say(DEAD, `dead ${index}`, "groupchat");
      await romeo.say(LIVE, `live ${index}`, "groupchat");
    }
    await until(() => reflected(romeo, LIVE).length === MESSAGES, "all messages to the living");
    expect(reflected(romeo, LIVE)).toEqual(texts("live"));
    expect(reflected(romeo, DEAD)).toEqual([]);
    proxy.thaw();
    await until(() => reflected(romeo, DEAD).length === MESSAGES, "what waited for the dead");
    expect(reflected(romeo, DEAD)).toEqual(texts("dead"));
    expect(heard(alice)).toEqual(texts("live"));
    expect(heard(bob)).toEqual(texts("dead"));
  } finally {
    await bob.stop();
    await world.end();
    await proxy.stop();
    await dying.stop();
  }
});
