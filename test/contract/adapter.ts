import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Adapter, SendOutcome, Session } from "../../src/adapter.ts";
import type { Envelope } from "../../src/domain/envelope.ts";
import { DeliveryError, UserError } from "../../src/domain/errors.ts";
import type { Outbound } from "../../src/domain/events.ts";
import { parseJid } from "../../src/domain/jid.ts";
import { joining, message, RecordingHost } from "../support/host.ts";

/** Somebody on the network itself, in the room, who shares no code with the adapter. */
export interface Peer {
  readonly nick: string;
  /** Says it in the room. */
  say(text: string): void;
  /** Resolves when this was said in the room. */
  heard(text: string): Promise<void>;
  /** All that was said in the room so far by others, in order. */
  texts(): readonly string[];
  /** Writes to the user alone. */
  whisper(text: string): void;
  /** Resolves when this was said to the peer alone. */
  overheard(text: string): Promise<void>;
}

/** An adapter and its network, with a peer in `room`. */
export interface AdapterFixture {
  readonly adapter: Adapter;
  /** Canonical localparts. */
  readonly room: string;
  readonly contact: string;
  /** Localparts that can never be an address. */
  readonly impossible: readonly string[];
  readonly peer: Peer;
  stop(): Promise<void>;
}

const NICK = "romeo";
const SEED = 20_261_121;

/** What core relies on with any adapter. */
export function adapterContract(name: string, make: () => Promise<AdapterFixture>): void {
  describe(`the adapter contract: ${name}`, () => {
    let fixture: AdapterFixture;
    let host: RecordingHost;
    let session: Session;

    beforeAll(async () => {
      fixture = await make();
      host = new RecordingHost();
      const registration = { user: "romeo@example.org", component: "net.example.org", fields: {} };
      session = fixture.adapter.open(registration, host);
      session.connect();
      await sendAll(session, [joining(fixture.room, NICK)]);
    });
    afterAll(async () => {
      await session?.close("end of the tests", 2_000);
      await fixture?.adapter.stop();
      await fixture?.stop();
    });

    addresses(() => fixture);

    it("delivers the roster before it calls a join sent", () => {
      const joined = host.events.all.find((event) => event.kind === "joined");
      expect(joined).toMatchObject({
        conversation: fixture.room,
        nick: NICK,
        to: "romeo@example.org/balcony",
      });
      expect(joined?.kind === "joined" && joined.occupants.map(({ nick }) => nick).sort()).toEqual(
        [NICK, fixture.peer.nick].sort(),
      );
      expect(session.inRoom?.(fixture.room)).toBe(true);
      expect(session.idle).toBe(false);
    });

    it("gives another client of the user the roster, too", async () => {
      const other = joining(fixture.room, NICK, { from: "romeo@example.org/garden" });
      await sendAll(session, [other]);
      const joined = await host.events.waitFor(
        (event) => event.kind === "joined" && event.to === "romeo@example.org/garden",
        "joined to the garden",
      );
      expect(joined).toMatchObject({ conversation: fixture.room, nick: NICK });
    });

    it("sends in order, one outcome with evidence for each envelope", async () => {
      const texts = Array.from({ length: 200 }, (_, i) => `line ${i}`);
      const outcomes = await sendAll(
        session,
        texts.map((text) => message(fixture.room, text, { groupchat: true })),
      );
      expect(outcomes).toHaveLength(200);
      for (const outcome of outcomes)
        expect(outcome).toMatchObject({ evidence: expect.any(String), nick: NICK });
      await fixture.peer.heard("line 199");
      expect(fixture.peer.texts().filter((text) => text.startsWith("line "))).toEqual(texts);
    });

    it("delivers in order what a peer says", async () => {
      const texts = Array.from({ length: 200 }, (_, i) => `word ${i}`);
      for (const text of texts) fixture.peer.say(text);
      await host.said("word 199");
      const heard = host.texts(fixture.room, fixture.peer.nick).filter((text) => text.startsWith("word "));
      expect(heard).toEqual(texts);
    });

    it("carries private messages both ways", async () => {
      await sendAll(session, [message(fixture.contact, "psst")]);
      await fixture.peer.overheard("psst");
      fixture.peer.whisper("yes?");
      expect(await host.said("yes?")).toMatchObject({ conversation: fixture.contact, manner: "plain" });
    });

    it("shows a private answer where the question was asked: in the room", async () => {
      await sendAll(session, [message(fixture.room, "here?", { nick: fixture.peer.nick })]);
      await fixture.peer.overheard("here?");
      fixture.peer.whisper("here!");
      const answer = await host.said("here!");
      expect(answer).toMatchObject({ conversation: fixture.room, nick: fixture.peer.nick, private: true });
    });

    it("ends impossible things with a permanent DeliveryError and a sentence", async () => {
      for (const conversation of fixture.impossible) {
        for (const wish of [message(conversation, "hello"), joining(conversation, NICK)]) {
          const [outcome] = await session.send([wish], 1);
          expect(outcome, conversation).toBeInstanceOf(DeliveryError);
          if (!(outcome instanceof DeliveryError)) continue;
          expect(outcome.final, outcome.message).toBe(true);
          expect(outcome.message).not.toMatch(/[\r\n]| at .*\.ts/);
        }
      }
    });

    it("lets no text break out of its message", async () => {
      const hostile = ["a\r\nQUIT :b", "a\0b", "\x01VERSION\x01", "a\u2028b", "\x02bold", "x".repeat(3_000)];
      for (const text of hostile) await sendAll(session, [message(fixture.room, text, { groupchat: true })]);
      await sendAll(session, [message(fixture.room, "still here", { groupchat: true })]);
      await fixture.peer.heard("still here");
      for (const text of fixture.peer.texts()) expect(text).not.toMatch(/[\0\x01\x02\r\n]/);
      expect(session.inRoom?.(fixture.room)).toBe(true);
    });

    it("keeps what core cannot take, in order, until core takes events again", async () => {
      const refused = host.refuse();
      for (let i = 0; i < 50; i++) fixture.peer.say(`kept ${i}`);
      await refused;
      for (let i = 50; i < 100; i++) fixture.peer.say(`kept ${i}`);
      host.accept();
      session.resume();
      await host.said("kept 99");
      const kept = host.texts(fixture.room).filter((text) => text.startsWith("kept "));
      expect(kept).toEqual(Array.from({ length: 100 }, (_, i) => `kept ${i}`));
    });

    it("leaves a room", async () => {
      const body = { kind: "leave", from: "romeo@example.org/balcony", conversation: fixture.room } as const;
      await sendAll(session, [{ ...message(fixture.room, ""), body }]);
      expect(host.events.all.some((event) => event.kind === "parted")).toBe(true);
      expect(session.inRoom?.(fixture.room)).toBe(false);
    });

    it("closes within the time given", async () => {
      const ended = await Promise.race([
        session.close("bye", 2_000).then(() => "closed"),
        new Promise((resolve) => setTimeout(resolve, 10_000, "late")),
      ]);
      expect(ended).toBe("closed");
      const [outcome] = await session.send([message(fixture.room, "too late", { groupchat: true })], 1);
      expect(outcome).toBeInstanceOf(DeliveryError);
    });
  });
}

function addresses(fixture: () => AdapterFixture): void {
  const local = fc.oneof(
    fc.string({ unit: "grapheme-ascii", maxLength: 40 }),
    fc.string({ unit: "grapheme", maxLength: 20 }),
    fc
      .tuple(fc.constantFrom("#", "", "&", "+"), fc.stringMatching(/^[a-z\\[\]{}|@:'"/ %.0-9-]{0,30}$/))
      .map(([sign, rest]) => `${sign}${rest}%irc.example.net`),
  );

  it("maps addresses both ways without a loss, to what an XMPP server leaves as it is", () => {
    const { adapter } = fixture();
    fc.assert(
      fc.property(local, (text) => {
        const address = adapter.address(text);
        if (address === undefined) return;
        expect(adapter.address(address.conversation)).toEqual(address);
        expect(parseJid(`${address.conversation}@net.example.org`)?.local).toBe(address.conversation);
      }),
      { seed: SEED, numRuns: 500 },
    );
  });

  it("knows its own canonical addresses, and refuses what can be none", () => {
    const { adapter, room, contact, impossible } = fixture();
    expect(adapter.address(room)).toMatchObject({ kind: "room", conversation: room });
    expect(adapter.address(contact)).toMatchObject({ kind: "contact", conversation: contact });
    for (const text of impossible) expect(adapter.address(text), text).toBeUndefined();
  });

  it("says how an address is written where it cannot read what was typed", () => {
    expect(() => fixture().adapter.fromPrompt("\0 ,\x07")).toThrow(UserError);
    expect(() => fixture().adapter.fromPrompt("")).toThrow(UserError);
  });
}

/** Hands envelopes over as a lane does: what has no outcome yet is offered again. */
export async function sendAll(
  session: Session,
  envelopes: readonly Envelope<Outbound>[],
): Promise<SendOutcome[]> {
  const outcomes: SendOutcome[] = [];
  while (outcomes.length < envelopes.length) {
    const some = await session.send(envelopes.slice(outcomes.length), 1);
    if (some.length === 0) throw new Error("send gave no outcome");
    outcomes.push(...some);
  }
  return outcomes;
}
