import { expect, test } from "vitest";
import { createGate } from "../../../adapters/irc/gate.ts";
import { FakeClock } from "./fake-clock.ts";

test("300 sessions dropped at once: attempts never above the rate, first come first served", () => {
  const clock = new FakeClock();
  const gate = createGate(10, clock);
  const attempts: { who: number; at: number }[] = [];
  for (let who = 0; who < 300; who++) gate.enter(() => attempts.push({ who, at: clock.now() }));
  clock.pass(60_000);
  expect(attempts.map(({ who }) => who)).toEqual(Array.from({ length: 300 }, (_, i) => i));
  for (const { at } of attempts) {
    const inSecond = attempts.filter((other) => other.at >= at && other.at < at + 1000);
    expect(inSecond.length).toBeLessThanOrEqual(10);
  }
  expect(attempts.at(-1)?.at).toBeLessThan((attempts[0]?.at ?? 0) + 31_000);
  expect(clock.pending).toBe(0);
});

test("nobody waits where there is nobody", () => {
  let ran = 0;
  createGate(1, new FakeClock()).enter(() => ran++);
  expect(ran).toBe(1);
});

test("who gives up is passed over", () => {
  const clock = new FakeClock();
  const gate = createGate(1, clock);
  const ran: string[] = [];
  gate.enter(() => ran.push("a"));
  const ticket = gate.enter(() => ran.push("b"));
  gate.enter(() => ran.push("c"));
  expect(gate.waiting).toBe(2);
  ticket.cancel();
  clock.pass(1000);
  expect(ran).toEqual(["a", "c"]);
});

test("a clock that is set back holds nobody up for longer than one gap", () => {
  const clock = new FakeClock();
  const gate = createGate(1, clock);
  const ran: string[] = [];
  gate.enter(() => ran.push("a"));
  clock.jump(-3_600_000);
  gate.enter(() => ran.push("b"));
  clock.pass(1000);
  clock.pass(1000);
  expect(ran).toEqual(["a", "b"]);
});
