import { describe, expect, it } from "vitest";
import { Feed, MAX_WAITING } from "../../../adapters/irc/feed.ts";
import type { Inbound } from "../../../src/domain/events.ts";
import { quiet, RecordingHost } from "../../support/host.ts";

const note = (text: string): Inbound => ({ kind: "note", conversation: "#a", text });
const texts = (host: RecordingHost) => host.events.all.map((event) => event.kind === "note" && event.text);

function started() {
  const host = new RecordingHost();
  const pauses: boolean[] = [];
  /** How many events each warning was about. */
  const warnings: unknown[] = [];
  const log = { ...quiet, warn: (fields: object) => warnings.push("events" in fields && fields.events) };
  const feed = new Feed(host, (paused) => pauses.push(paused), log);
  return { host, pauses, feed, warnings };
}

describe("what is on its way to core", () => {
  it("goes in one batch for a read, and what comes meanwhile in the next", async () => {
    const { host, feed } = started();
    feed.push(note("1"));
    feed.push(note("2"));
    feed.flush();
    for (let i = 3; i < 100; i++) {
      feed.push(note(`${i}`));
      feed.flush();
    }
    await feed.settled();
    expect(texts(host)).toEqual(Array.from({ length: 99 }, (_, i) => `${i + 1}`));
    expect(host.batches).toBe(2);
  });

  it("is kept in order when core refuses, and reading stops until core takes it", async () => {
    const { host, pauses, feed } = started();
    const refused = host.refuse();
    feed.push(note("1"));
    feed.flush();
    feed.push(note("2"));
    await refused;
    feed.push(note("3"));
    feed.flush();
    expect(pauses).toEqual([true]);
    host.accept();
    feed.resume();
    await feed.settled();
    expect(texts(host)).toEqual(["1", "2", "3"]);
    expect(pauses).toEqual([true, false]);
  });

  it("stops reading where too much waits, and goes on when it is durable", async () => {
    const { pauses, feed } = started();
    feed.push(note("first"));
    feed.flush();
    for (let i = 0; i <= MAX_WAITING; i++) feed.push(note(`${i}`));
    feed.flush();
    expect(pauses).toEqual([true]);
    await feed.settled();
    expect(pauses).toEqual([true, false]);
  });

  it("is offered once more when the session ends", async () => {
    const { host, feed, warnings } = started();
    const refused = host.refuse();
    feed.push(note("1"));
    feed.flush();
    await refused;
    feed.push(note("2"));
    host.accept();
    feed.end(new Error("ended"));
    await feed.settled();
    expect(texts(host)).toEqual(["1", "2"]);
    expect(warnings).toEqual([1]);
  });

  it("is lost aloud where core does not take it at the session's end", async () => {
    const { host, feed, warnings } = started();
    const refused = host.refuse();
    feed.push(note("1"));
    feed.flush();
    await refused;
    feed.push(note("2"));
    const again = host.refuse();
    feed.end(new Error("ended"));
    await again;
    expect(warnings).toEqual([1, 2]);
    expect(feed.pending).toBe(0);
  });

  it("tells those who wait that the session has ended", async () => {
    const { host, feed } = started();
    const refused = host.refuse();
    feed.push(note("1"));
    const settled = feed.settled();
    await refused;
    feed.end(new Error("ended"));
    await expect(settled).rejects.toThrow("ended");
  });
});
