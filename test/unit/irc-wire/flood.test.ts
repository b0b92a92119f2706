import { describe, expect, test } from "vitest";
import { DEFAULT_FLOOD, Flood, MAX_WAITING_LINES } from "../../../adapters/irc/flood.ts";
import type { FloodOptions } from "../../../adapters/irc/types.ts";
import { DeliveryError } from "../../../src/domain/errors.ts";
import { FakeClock } from "./fake-clock.ts";

function setUp(options: FloodOptions | "off" = { burst: 3, perSecond: 2 }) {
  const clock = new FakeClock();
  const sink = {
    lines: [] as string[],
    congested: false,
    write: (line: string) => void sink.lines.push(line),
  };
  return { clock, sink, flood: new Flood(options, clock, sink) };
}

const numbered = (count: number) => Array.from({ length: count }, (_, i) => String(i));

describe("flood control", () => {
  test("a burst goes at once, the rest at the rate, in order, and none is dropped", () => {
    const { clock, sink, flood } = setUp();
    for (const line of numbered(200)) flood.send(line);
    expect(sink.lines).toEqual(numbered(3));
    clock.pass(1000);
    expect(sink.lines).toEqual(numbered(5));
    clock.pass(200_000);
    expect(sink.lines).toEqual(numbered(200));
    expect(clock.pending).toBe(0);
  });

  test("by default no more than five at once and one a second ever go out", () => {
    const { clock, sink, flood } = setUp(DEFAULT_FLOOD);
    for (const line of numbered(100)) flood.send(line);
    for (let second = 0; second < 60; second++) {
      expect(sink.lines.length).toBeLessThanOrEqual(5 + second);
      clock.pass(1000);
    }
  });

  test("the allowance says how much may go, and nothing while others wait", () => {
    const { clock, flood } = setUp();
    expect(flood.allowance()).toBe(3);
    flood.send("a");
    expect(flood.allowance()).toBe(2);
    for (const line of numbered(5)) flood.send(line);
    expect(flood.allowance()).toBe(0);
    clock.pass(10_000);
    expect(flood.allowance()).toBe(3);
  });

  test("turns come in order with the lines that wait, one caller at a time", async () => {
    const { clock, sink, flood } = setUp({ burst: 1, perSecond: 1 });
    const told: string[] = [];
    flood.send("first");
    flood.send("second");
    const a = flood.turn().then(() => told.push("a") && flood.send("from a"));
    const b = flood.turn().then(() => told.push("b") && flood.send("from b"));
    clock.pass(1000);
    expect(sink.lines).toEqual(["first", "second"]);
    clock.pass(1000);
    await a;
    expect(told).toEqual(["a"]);
    clock.pass(10_000);
    await b;
    clock.pass(10_000);
    expect(sink.lines).toEqual(["first", "second", "from a", "from b"]);
  });

  test("off: everything at once, and Infinity allowed", () => {
    const { sink, flood } = setUp("off");
    for (const line of numbered(1000)) flood.send(line);
    expect(sink.lines).toHaveLength(1000);
    expect(flood.allowance()).toBe(Number.POSITIVE_INFINITY);
  });

  test("a server that does not read is waited for, in order", async () => {
    const { clock, sink, flood } = setUp("off");
    sink.congested = true;
    flood.send("a");
    const turn = flood.turn();
    expect([flood.allowance(), sink.lines]).toEqual([0, []]);
    sink.congested = false;
    flood.drained();
    await turn;
    clock.pass(1);
    flood.send("b");
    expect(sink.lines).toEqual(["a", "b"]);
  });

  test("who waits when the connection ends is told, and no timer is left", async () => {
    const { clock, flood } = setUp({ burst: 1, perSecond: 1 });
    flood.send("a");
    const turn = flood.turn();
    flood.end(new DeliveryError("temporary", "gone"));
    await expect(turn).rejects.toThrow("gone");
    expect(clock.pending).toBe(0);
  });

  test("too many that wait are refused with a word, and none of those before is lost", () => {
    const { sink, flood } = setUp({ burst: 1, perSecond: 1 });
    for (let i = 0; i <= MAX_WAITING_LINES; i++) flood.send("x");
    expect(() => flood.send("x")).toThrow(DeliveryError);
    expect(sink.lines).toHaveLength(1);
  });

  test("a clock that is set back stops nothing for long", () => {
    const { clock, sink, flood } = setUp({ burst: 1, perSecond: 1 });
    flood.send("a");
    clock.jump(-3_600_000);
    flood.send("b");
    clock.pass(5_000);
    expect(sink.lines).toEqual(["a", "b"]);
  });
});
