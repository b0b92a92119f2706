import { COMPONENT, DOMAIN, IRC_NAME, type Servers, startServers } from "./demo-servers.ts";
import { meet, ROOM, type Transcript } from "./demo-talk.ts";

/**
 * What scripts/demo runs: real servers, the gateway, and a live conversation across it. Stays up
 * until Ctrl-C; with --once it ends by itself, 0 when every step was seen.
 */

const once = process.argv.includes("--once");

function say(text = ""): void {
  process.stdout.write(`${text}\n`);
}

function clock(): string {
  const now = new Date();
  return `${now.toTimeString().slice(0, 8)}.${String(now.getMilliseconds()).padStart(3, "0")}`;
}

const transcript: Transcript = {
  line(who, where, text, seen, ms) {
    say(`${clock()}  ${who.padEnd(6)}  ${where}: ${text}`);
    say(`${" ".repeat(22)}✓ ${seen} after ${ms.toFixed(1)} ms`);
  },
};

function howToConnect({ xmpp, irc, gateway }: Servers): void {
  say(`
Connect with clients of your own:

  XMPP  account guest@${DOMAIN}, password guest, server 127.0.0.1, port ${xmpp.c2sPort}
        (its certificate is self-made: accept it), then join the room ${ROOM}
        profanity:  /connect guest@${DOMAIN} server 127.0.0.1 port ${xmpp.c2sPort} tls trust
                    /join ${ROOM}
  IRC   server 127.0.0.1, port ${irc.port}, without TLS, then /join #balcony
        irssi:      irssi -c 127.0.0.1 -p ${irc.port} -n me

  An IRC channel is the room #channel%${IRC_NAME}@${COMPONENT}, an IRC user the contact nick%${IRC_NAME}@${COMPONENT}.
  The gateway's config: ${gateway.configFile}
`);
}

async function main(): Promise<void> {
  say("Starting an XMPP server, an IRC server and the gateway:");
  const servers = await startServers((text) => say(`  ${text}`));
  process.once("SIGINT", () => void end(servers, 0));
  process.once("SIGTERM", () => void end(servers, 0));
  howToConnect(servers);
  say("A live conversation: Juliet has an XMPP client, Romeo an IRC client.\n");
  try {
    const cast = await meet(servers, transcript);
    await cast.talk();
    if (once) {
      await cast.leave();
      await cast.juliet.stop();
      await cast.romeo.quit();
      say("\nEvery step was seen on both sides.");
      return await end(servers, 0);
    }
    say("\nJuliet and Romeo stay. What is said in #balcony follows; Ctrl-C ends everything.\n");
    cast.romeo.lines.each((line) => {
      if (line.command === "PRIVMSG") say(`${clock()}  ${line.from}  ${line.params[0]}: ${line.params[1]}`);
    });
  } catch (error) {
    say(`\nA step was not seen: ${error instanceof Error ? error.message : String(error)}\n`);
    for (const line of servers.gateway.logs().slice(-20)) say(`  isthmus: ${JSON.stringify(line)}`);
    await end(servers, 1);
  }
}

let ending = false;

async function end(servers: Servers, code: number): Promise<void> {
  if (ending) return;
  ending = true;
  await servers.stop();
  say("Everything is stopped, and its data removed.");
  process.exit(code);
}

await main();
