import { adapter } from "../../adapters/irc/index.ts";
import { adapterContext } from "../support/host.ts";
import { startInspircd } from "../support/inspircd.ts";
import { type IrcPeer, ircPeer } from "../support/irc-peer.ts";
import { type IrcServer, startNgircd } from "../support/ngircd.ts";
import { type AdapterFixture, adapterContract, type Peer } from "./adapter.ts";

/** A real IRC client in the room, as the contract's peer. */
function peerOf(irc: IrcPeer, room: string): Peer {
  const others = () => irc.lines.all.filter(({ command }) => command === "PRIVMSG");
  return {
    nick: irc.nick,
    say: (text) => irc.say(room, text),
    heard: async (text) => void (await irc.waitForText(room, text)),
    texts: () => others().flatMap(({ params }) => (params[0] === room ? [params[1] ?? ""] : [])),
    whisper: (text) => irc.say("romeo", text),
    overheard: async (text) => void (await irc.waitForText(irc.nick, text)),
  };
}

async function onServer(server: IrcServer): Promise<AdapterFixture> {
  const irc = await ircPeer({ host: server.host, port: server.port, nick: "juliet" });
  await irc.join("#verona");
  const servers = { "irc.test": { host: server.host, port: server.port, tls: false, flood: "off" } };
  return {
    adapter: adapter.create({ servers }, adapterContext()),
    room: "#verona%irc.test",
    contact: "juliet%irc.test",
    impossible: ["#no server", "a,b%irc.test", "%irc.test", "x%unknown", "#a b%irc.test"],
    peer: peerOf(irc, "#verona"),
    async stop() {
      await irc.quit();
      await server.stop();
    },
  };
}

adapterContract("IRC, ngIRCd", async () => onServer(await startNgircd()));
adapterContract("IRC, InspIRCd", async () => onServer(await startInspircd()));
