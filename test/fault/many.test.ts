import { afterAll, afterEach, beforeAll, expect, it } from "vitest";
import { childElements, text as textOf } from "../../src/domain/element.ts";
import { type Gateway, startGateway } from "../support/gateway.ts";
import { startProsody, type XmppServer } from "../support/prosody.ts";
import { type CountingServer, countingServer } from "./counting-server.ts";
import { type Crowd, crowd, PEOPLE, PEOPLE_SECRET } from "./crowd.ts";
import { until } from "./traffic.ts";

/** Measures 16 and 28: many sessions at once, after a start and after a break. */

const GATEWAY = "irc.example.org";
const SECRET = "component-secret";
const ROOM = `#verona%irc.verona.test@${GATEWAY}`;
/** What a busy machine may add to the count of one second: the server here sees late what was sent in time. */
const SEEN_LATE = 1.5;

let xmpp: XmppServer;
let people: Crowd;
let irc: CountingServer;
let gateway: Gateway;

beforeAll(async () => {
  const components = [
    { domain: GATEWAY, secret: SECRET },
    { domain: PEOPLE, secret: PEOPLE_SECRET },
  ];
  // After kill -9 the old connection still seems alive for a moment.
  xmpp = await startProsody({ components, extra: 'component_conflict_resolve = "kick_old"' });
  people = await crowd(xmpp.componentPort);
});
afterEach(async () => {
  await gateway.remove();
  await irc.stop();
});
afterAll(async () => {
  await people.stop();
  await xmpp.stop();
});

async function start(connectRate: number): Promise<void> {
  irc = await countingServer();
  const server = { host: "127.0.0.1", port: irc.port, tls: false, flood: "off", connect_rate: connectRate };
  const options = { servers: { "irc.verona.test": server } };
  const component = { domain: GATEWAY, secret: SECRET, adapter: "irc", allow: [PEOPLE], options };
  gateway = await startGateway({ config: { xmpp: { port: xmpp.componentPort }, components: [component] } });
}

/** How many of the crowd were told that they are in the room (XEP-0045 §7.2.2). */
function inside(): number {
  const joined = people.stanzas.all.filter(
    (stanza) =>
      stanza.name === "presence" &&
      // A gateway that stops says 110 as well.
      stanza.attrs.type === undefined &&
      childElements(stanza).some((x) => childElements(x).some((status) => status.attrs.code === "110")),
  );
  return new Set(joined.map((stanza) => stanza.attrs.to)).size;
}

/** Everybody of these hears what is said on IRC, once. */
async function heard(text: string, users: number): Promise<void> {
  const before = people.stanzas.all.length;
  irc.say("#verona", text);
  const hearers = () =>
    people.stanzas.all
      .slice(before)
      .filter((stanza) =>
        childElements(stanza).some((child) => child.name === "body" && textOf(child) === text),
      )
      .map((stanza) => stanza.attrs.to);
  await until(() => new Set(hearers()).size === users, `${users} users who hear it`);
  expect(hearers()).toHaveLength(users);
}

it("a start with 1,000 sessions of the last run: all are back in their room, connections spaced", async () => {
  const users = 1_000;
  const rate = 200;
  await start(rate);
  for (let user = 0; user < users; user++) people.join(user, ROOM);
  await until(() => inside() === users, "all users in the room");
  await gateway.kill9();
  await until(() => irc.present.size === 0, "end of the connections of the dead");
  const from = irc.arrivals.length;
  const began = Date.now();
  await gateway.start();
  await until(() => irc.present.size === users, "all sessions back");
  console.log(
    `1,000 sessions back after ${Date.now() - began} ms, ${irc.busiest(from)} in the busiest second`,
  );
  expect(irc.arrivals.length - from).toBe(users);
  expect(irc.busiest(from)).toBeLessThanOrEqual(rate * SEEN_LATE);
  await until(
    () => irc.lines.all.filter(({ line }) => line.startsWith("JOIN")).length === 2 * users,
    "all JOINs",
  );
  await heard("welcome back", users);
});

it("300 sessions dropped at once come back, never faster than the configured rate", async () => {
  const users = 300;
  const rate = 60;
  people.stanzas.all.length = 0;
  await start(rate);
  for (let user = 0; user < users; user++) people.join(user, ROOM);
  await until(() => inside() === users, "all users in the room");
  expect(irc.busiest()).toBeLessThanOrEqual(rate * SEEN_LATE);
  const from = irc.arrivals.length;
  irc.cut();
  await until(() => irc.present.size === 0, "end of all connections");
  await until(() => irc.present.size === users, "all sessions back");
  console.log(`300 dropped: ${irc.busiest(from)} attempts in the busiest second at ${rate}/s`);
  expect(irc.arrivals.length - from).toBe(users);
  expect(irc.busiest(from)).toBeLessThanOrEqual(rate * SEEN_LATE);
  await until(
    () => irc.lines.all.filter(({ line }) => line.startsWith("JOIN")).length === 2 * users,
    "all JOINs",
  );
  await heard("all here again", users);
});
