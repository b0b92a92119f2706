import { expect, test } from "vitest";
import { LOOK_EVERY, MAX_PONG_LOOKS } from "../../../adapters/irc/keep-alive.ts";
import { FakeClock } from "./fake-clock.ts";
import { joined, rawServer } from "./harness.ts";

test("a connection that is not read for long is not given up over answers that nobody reads", async () => {
  const server = await rawServer();
  const clock = new FakeClock();
  const { client, far } = await joined(server, clock);
  const answered = client.connection.ping();
  const ping = await far.line("PING :i");
  client.connection.pause();
  far.send(`PONG :${ping.slice("PING :".length)}`);
  clock.pass(LOOK_EVERY * MAX_PONG_LOOKS * 3);
  expect(client.connection.registered).toBe(true);
  client.connection.resume();
  await answered;
  const stopped = client.stop();
  clock.pass(1);
  await stopped;
  await server.stop();
});
