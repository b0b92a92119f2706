import { describe, expect, test } from "vitest";
import { Backoff } from "../../../src/xmpp/backoff.ts";
import type { LinkProblem } from "../../../src/xmpp/link.ts";

const limits = { reconnectFirst: 500, reconnectMost: 60_000 };
const closed: LinkProblem = { reason: "closed", text: "closed" };
const conflict: LinkProblem = { reason: "conflict", text: "conflict" };

describe("the wait before the next connection", () => {
  test("doubles up to the most, and stays there", () => {
    const backoff = new Backoff(limits, () => 1);
    const waits = Array.from({ length: 100 }, () => backoff.next(closed, 0));
    expect(waits.slice(0, 9)).toEqual([500, 1000, 2000, 4000, 8000, 16_000, 32_000, 60_000, 60_000]);
    expect(waits.at(-1)).toBe(60_000);
  });

  test("is spread over half of itself", () => {
    expect(new Backoff(limits, () => 0).next(closed, 0)).toBe(250);
    expect(new Backoff(limits, () => 0.5).next(closed, 0)).toBe(375);
  });

  test("is short again after a stream that lasted longer than the wait before it", () => {
    const backoff = new Backoff(limits, () => 1);
    for (let i = 0; i < 6; i++) backoff.next(closed, 0);
    expect(backoff.next(closed, 10_000)).toBe(32_000);
    expect(backoff.next(closed, 40_000)).toBe(500);
  });

  test("cut every two seconds, it comes back within two seconds each time", () => {
    const backoff = new Backoff(limits, () => 1);
    for (let i = 0; i < 150; i++) expect(backoff.next(closed, 2000)).toBeLessThanOrEqual(2000);
  });

  test("two gateways that take the stream from one another do it ever more seldom", () => {
    const one = new Backoff(limits, () => 1);
    const two = new Backoff(limits, () => 1);
    let online = 0;
    const waits: number[] = [];
    for (let i = 0; i < 10; i++) {
      online = one.next(conflict, online);
      waits.push(online);
      online = two.next(conflict, online);
    }
    expect(waits[0]).toBe(5000);
    expect(waits.at(-1)).toBe(600_000);
  });

  test("a conflict long ago is forgotten", () => {
    const backoff = new Backoff(limits, () => 1);
    for (let i = 0; i < 10; i++) backoff.next(conflict, 0);
    expect(backoff.next(conflict, 16 * 60_000)).toBe(5000);
  });
});
