import { expect, test } from "vitest";
import { DEFAULT_FLOOD } from "../../adapters/irc/flood.ts";
import { startInspircd } from "../support/inspircd.ts";
import { ircPeer } from "../support/irc-peer.ts";
import { startNgircd } from "../support/ngircd.ts";
import { Client } from "../unit/irc-wire/harness.ts";

const LINES = 200;
/** 200 lines at one a second, and time to spare on a busy machine. */
const LONG = 300_000;

// Both at the same time: neither does anything but wait for the next second.
test.concurrent.each([
  ["ngircd with its default penalties", () => startNgircd({ limits: "" })],
  ["inspircd with commandrate 1000, threshold 20, no fakelag", () => startInspircd({ floodKill: true })],
] as const)(
  "200 lines queued at once on %s: no Excess Flood, none lost, in order",
  { timeout: LONG },
  async (_, start) => {
    const server = await start();
    const client = await new Client({ port: server.port, flood: DEFAULT_FLOOD }, { nick: "flooder" }).up();
    const listener = await ircPeer({ host: server.host, port: server.port, nick: "listener" });
    try {
      await listener.join("#flood");
      client.connection.command("JOIN", "#flood");
      for (let i = 0; i < LINES; i++) client.connection.command("PRIVMSG", "#flood", `line ${i}`);
      await listener.waitForText("#flood", `line ${LINES - 1}`, LONG);
      const heard = listener.lines.all
        .filter(({ command }) => command === "PRIVMSG")
        .map(({ params }) => params[1]);
      expect(heard).toEqual(Array.from({ length: LINES }, (_, i) => `line ${i}`));
      expect(client.connection.registered).toBe(true);
    } finally {
      await client.stop();
      await listener.stop();
      await server.stop();
    }
  },
);
