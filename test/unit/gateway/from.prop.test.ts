import fc from "fast-check";
import { SaxesParser } from "saxes";
import { afterAll, beforeAll, expect, it } from "vitest";
import { createAddressing } from "../../../adapters/irc/address.ts";
import { parseOptions } from "../../../adapters/irc/config.ts";
import { el } from "../../../src/domain/element.ts";
import type { Inbound, Leaving, Manner, Occupant } from "../../../src/domain/events.ts";
import { parseJid } from "../../../src/domain/jid.ts";
import { passOut } from "../../../src/xmpp/chokepoint.ts";
import { NS } from "../../../src/xmpp/codec/namespaces.ts";
import { occupantName } from "../../../src/xmpp/codec/occupant.ts";
import { DOMAIN, ROMEO, World } from "./world.ts";

/** Measure 20: whatever comes from a network, no stanza goes out in another one's name. */

const RUNS = 300;
const SERVER = "irc.test";
const MAX_STANZA = 65_536;
const OWN_NICK = "romeo";

const addressing = createAddressing(
  parseOptions({ servers: { [SERVER]: { port: 6667, tls: false } } }),
  DOMAIN,
);
const world = new World();
// The addresses are those of the real adapter.
Object.assign(world.network.adapter, { address: addressing.address });
/** What each room's history may name as the speaker. */
const spoke = new Map<string, Set<string>>();
const left = new Map<Inbound["kind"], number>();

beforeAll(async () => {
  await world.start();
  world.link.refuse = (stanza) => passOut([stanza], DOMAIN, MAX_STANZA).refused[0]?.reason;
});
afterAll(() => world.end());

const HOSTILE = [
  ...[
    "juliet",
    "x/y",
    "a@b/c",
    "a@b",
    "/",
    "@",
    "//",
    "juliet@irc.example.org/romeo",
    "x' to='eve@evil.example",
  ],
  ...['"', "'", "<presence/>", "&amp;", "&#0;", "]]>", "a\u0000b", "a\u0001", "a\nb", "a\tb", " a", "a ", ""],
  ...[
    "\ud800",
    "\udc00a",
    "\uffff",
    "\u00ad",
    "\u202ea",
    "ſtraße",
    "ⅷ",
    "Å",
    "\u200b",
    "אב",
    "a\\2fb",
    "%",
    "-",
  ],
  ...["irc.example.org", "evil.example", "romeo%irc.test", "#a%irc.test", "a".repeat(1024), "é".repeat(512)],
];
const nicks = fc.oneof(
  fc.constantFrom(...HOSTILE),
  fc.string({ unit: "binary", maxLength: 12 }),
  fc.string({
    unit: fc.constantFrom("a", "/", "@", "%", "\\", '"', "'", "<", "&", "\u0007", "é"),
    maxLength: 8,
  }),
);
const texts = fc.oneof(nicks, fc.string({ unit: "binary", maxLength: 40 }));

/** Localparts that the adapter gives, for names as hostile as it lets through. */
function yielded(prefix: string, seed: number): string[] {
  const names = [...HOSTILE, ...fc.sample(nicks, { seed, numRuns: 200 })];
  const found = names.map((name) => addressing.conversation(SERVER, prefix + name));
  return [...new Set(found.filter((local) => local !== undefined && local !== SERVER))] as string[];
}
const ROOMS = [...yielded("#", 1), ...yielded("&", 2), ...yielded("#a/b@", 3)];
const CONTACTS = yielded("", 4);
const rooms = fc.constantFrom(...ROOMS);
const people = fc.constantFrom(...CONTACTS, SERVER, "-");

const manner = fc.constantFrom<Manner>("plain", "action", "notice");
const why = fc.constantFrom<Leaving>("left", "kicked", "banned");
const to = fc.constantFrom(undefined, ROMEO);
const some = <T>(value: fc.Arbitrary<T>) => fc.option(value, { nil: undefined });
const occupant: fc.Arbitrary<Occupant> = fc.record(
  {
    nick: nicks,
    role: fc.constantFrom("moderator", "participant", "visitor"),
    affiliation: fc.constantFrom("owner", "none"),
    away: texts,
  },
  { requiredKeys: ["nick", "role", "affiliation"] },
);
const occupants = fc.array(occupant, { maxLength: 4 });
const subject = fc.record({ text: texts, by: nicks, at: fc.constant(1_000) }, { requiredKeys: ["text"] });
const kind = <K extends Inbound["kind"]>(name: K) => fc.constant(name);

/** Every kind of event; without what is undefined, as adapters make them. */
const events = fc
  .oneof(
    fc.record({ kind: kind("message"), conversation: people, text: texts, manner }),
    fc.record({ kind: kind("message"), conversation: rooms, nick: nicks, text: texts, manner }),
    fc.record({
      kind: kind("message"),
      conversation: rooms,
      nick: nicks,
      private: fc.constant(true),
      text: texts,
      manner,
    }),
    fc.record({
      kind: kind("joined"),
      conversation: rooms,
      to,
      nick: nicks,
      occupants,
      subject: some(subject),
    }),
    fc.record({ kind: kind("occupants"), conversation: rooms, occupants }),
    fc.record({
      kind: kind("left"),
      conversation: rooms,
      nicks: fc.array(nicks, { maxLength: 4 }),
      why,
      by: some(nicks),
      text: some(texts),
    }),
    fc.record({
      kind: kind("parted"),
      conversation: rooms,
      to,
      nick: nicks,
      why,
      by: some(nicks),
      text: some(texts),
    }),
    fc.record({
      kind: kind("renamed"),
      conversation: rooms,
      nick: nicks,
      newNick: nicks,
      self: fc.boolean(),
      occupant,
    }),
    fc.record({ kind: kind("subject"), conversation: rooms, subject }),
    fc.record({ kind: kind("note"), conversation: rooms, text: texts }),
    fc.record({
      kind: kind("invited"),
      conversation: fc.constantFrom(...CONTACTS),
      room: rooms,
      by: fc.constantFrom(...CONTACTS),
      text: some(texts),
    }),
  )
  .map(
    (event) =>
      Object.fromEntries(
        Object.entries(event).filter(([, value]) => value !== undefined),
      ) as unknown as Inbound,
  );

/** The addresses that an event may speak from, as they have to be written. `own` is the user's nick in the room. */
function allowed(event: Inbound, own: string): Set<string> {
  // Documented: what has no sender of its own is the gateway's word.
  if (event.conversation === "-") return new Set([DOMAIN]);
  const bare = `${event.kind === "invited" ? event.room : event.conversation}@${DOMAIN}`;
  const as = (...names: (string | undefined)[]) =>
    new Set(names.map((nick) => (nick === undefined ? bare : `${bare}/${occupantName(nick)}`)));
  switch (event.kind) {
    case "message":
      return as(event.nick);
    case "joined": {
      const said = spoke.get(event.conversation) ?? [];
      return as(event.nick, ...event.occupants.map(({ nick }) => nick), event.subject?.by, ...said);
    }
    case "occupants":
      return as(...event.occupants.map(({ nick }) => nick));
    case "left":
      return as(...event.nicks);
    case "parted":
      return as(own);
    case "renamed":
      return as(event.nick, event.newNick);
    case "subject":
      return as(event.subject.by);
    default:
      return as(undefined);
  }
}

/** All addresses in what went out, as another parser than ours reads them. */
function addressesIn(xml: string): { senders: string[]; nested: string[]; targets: string[] } {
  const found = { senders: [] as string[], nested: [] as string[], targets: [] as string[] };
  const parser = new SaxesParser({ fragment: true });
  let depth = 0;
  parser.on("error", (error) => {
    throw error;
  });
  parser.on("opentag", ({ attributes }) => {
    const { from, to: target } = attributes as Record<string, string | undefined>;
    if (depth++ === 0) {
      found.senders.push(from ?? "");
      found.targets.push(target ?? "");
    } else if (from !== undefined) found.nested.push(from);
  });
  parser.on("closetag", () => depth--);
  parser.write(xml).close();
  return found;
}

/** The user is in the room under a nick that is nobody else's, with nothing left of another run. */
async function enter(conversation: string): Promise<void> {
  const room = `${conversation}@${DOMAIN}/${OWN_NICK}`;
  await world.receive(el("presence", { from: ROMEO, to: room, id: "j" }, el("x", { xmlns: NS.muc })));
  await world.happens({ kind: "joined", conversation, to: ROMEO, nick: OWN_NICK, occupants: [] });
}

function remember(event: Inbound): void {
  if (event.kind !== "message" || event.nick === undefined || event.private === true) return;
  spoke.set(event.conversation, (spoke.get(event.conversation) ?? new Set()).add(event.nick));
}

async function holds(event: Inbound): Promise<void> {
  const inRoom = ROOMS.includes(event.conversation);
  if (inRoom) await enter(event.conversation);
  // A client that joins anew is told what was said before, too.
  if (event.kind === "joined") {
    const again = `${event.conversation}@${DOMAIN}/${OWN_NICK}`;
    await world.receive(el("presence", { from: ROMEO, to: again }, el("x", { xmlns: NS.muc })));
  }
  const fine = allowed(event, OWN_NICK);
  remember(event);
  const stanzas = await world.happens(event);
  const { xml, refused } = passOut(stanzas, DOMAIN, MAX_STANZA);
  expect(refused).toEqual([]);
  const { senders, nested, targets } = addressesIn(xml);
  expect(senders).toHaveLength(stanzas.length);
  for (const sender of senders) {
    expect(fine).toContain(sender);
    const jid = parseJid(sender);
    const [bare] = sender.split("/");
    // As servers prepare and cut it, it is the same room or contact still.
    expect([jid?.bare, jid?.domain]).toEqual([bare, DOMAIN]);
  }
  for (const address of nested) expect(parseJid(address)?.domain).toBe(DOMAIN);
  for (const target of targets) expect(parseJid(target)?.bare).toBe("romeo@example.org");
  if (senders.length > 0) left.set(event.kind, (left.get(event.kind) ?? 0) + 1);
  if (inRoom)
    await world.happens({ kind: "parted", conversation: event.conversation, nick: OWN_NICK, why: "left" });
}

it("the adapter lets hostile names through, so that there is something to hold", () => {
  expect(ROOMS.length).toBeGreaterThan(100);
  expect(CONTACTS.length).toBeGreaterThan(40);
  expect(ROOMS.some((local) => local.includes("\\2f") && local.includes("\\40"))).toBe(true);
});

it("every stanza is from the event's own conversation, and from its own nick there", async () => {
  await fc.assert(fc.asyncProperty(events, holds), { numRuns: RUNS, seed: 20 });
  const kinds = ["message", "joined", "occupants", "left", "parted", "renamed", "subject", "note", "invited"];
  expect([...left.keys()].sort()).toEqual(kinds.sort());
});
