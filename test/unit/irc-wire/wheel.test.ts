import { expect, test } from "vitest";
import { Wheel } from "../../../adapters/irc/wheel.ts";
import { FakeClock } from "./fake-clock.ts";

function setUp() {
  const clock = new FakeClock();
  return { clock, wheel: new Wheel(clock) };
}

function counter() {
  return {
    ticks: 0,
    tick() {
      this.ticks++;
    },
  };
}

test("ticks once, not early and at most a second late", () => {
  const { clock, wheel } = setUp();
  const item = counter();
  wheel.schedule(item, 30_000);
  clock.pass(29_999);
  expect(item.ticks).toBe(0);
  clock.pass(1_001);
  expect(item.ticks).toBe(1);
  clock.pass(600_000);
  expect(item.ticks).toBe(1);
});

test("ten thousand waiting share one timer, and none is left when nobody waits", () => {
  const { clock, wheel } = setUp();
  const items = Array.from({ length: 10_000 }, counter);
  for (const item of items) wheel.schedule(item, 20_000);
  expect(clock.pending).toBe(1);
  clock.pass(21_000);
  expect(items.every((item) => item.ticks === 1)).toBe(true);
  expect([clock.pending, wheel.size]).toEqual([0, 0]);
});

test("a cancelled one does not tick, also when another's tick cancels it", () => {
  const { clock, wheel } = setUp();
  const later = counter();
  const other = counter();
  const first = { tick: () => wheel.cancel(other) };
  wheel.schedule(first, 1_000);
  wheel.schedule(other, 1_000);
  wheel.schedule(later, 1_000);
  wheel.cancel(later);
  clock.pass(5_000);
  expect([other.ticks, later.ticks]).toEqual([0, 0]);
});

test("a second time replaces the first; a tick may schedule again", () => {
  const { clock, wheel } = setUp();
  const item = {
    ticks: 0,
    tick() {
      this.ticks++;
      wheel.schedule(this, 2_000);
    },
  };
  wheel.schedule(item, 1_000);
  wheel.schedule(item, 10_000);
  clock.pass(9_999);
  expect(item.ticks).toBe(0);
  clock.pass(20_000);
  expect(item.ticks).toBeGreaterThan(5);
});
