import { expect, test } from "vitest";
import { createIds } from "../../../src/domain/id.ts";

/** The same numbers in every run. */
function seeded(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state * 1664525 + 1013904223) % 2 ** 32;
    return state / 2 ** 32;
  };
}

test("ids are 20 characters that a JID keeps as they are", () => {
  const next = createIds(() => 1_795_000_000_000, seeded(1));
  for (let i = 0; i < 1_000; i++) expect(next()).toMatch(/^[0-9a-z]{20}$/);
});

test("a hundred thousand ids of a few milliseconds differ and grow", () => {
  let calls = 0;
  const next = createIds(() => 1_795_000_000_000 + Math.floor(calls++ / 30_000), seeded(2));
  let last = "";
  for (let i = 0; i < 100_000; i++) {
    const id = next();
    expect(id > last).toBe(true);
    last = id;
  }
});

test("ids grow when the clock goes back an hour, and from day to day", () => {
  const hour = 3_600_000;
  let now = 1_795_000_000_000;
  const next = createIds(() => now, seeded(3));
  const ids = [next()];
  for (const step of [-hour, 0, 2 * hour, 1, 24 * hour, 365 * 24 * hour]) {
    now += step;
    ids.push(next());
  }
  expect(ids).toEqual([...ids].sort());
  expect(new Set(ids).size).toBe(ids.length);
});

test("a millisecond that runs out of ids takes the next one's", () => {
  const next = createIds(
    () => 1_795_000_000_000,
    () => 1 - 2 ** -53,
  );
  const first = next();
  let last = first;
  for (let i = 0; i < 100_000; i++) {
    const id = next();
    if (id <= last) throw new Error(`${id} after ${last}`);
    last = id;
  }
  expect(last > first).toBe(true);
});

test("two processes that start in one millisecond have ids of their own", () => {
  const one = createIds(() => 1_795_000_000_000, seeded(4));
  const other = createIds(() => 1_795_000_000_000, seeded(5));
  const ids = new Set<string>();
  for (let i = 0; i < 10_000; i++) ids.add(one()).add(other());
  expect(ids.size).toBe(20_000);
});
