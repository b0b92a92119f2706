import { describe, expect, test } from "vitest";
import { Watchdog } from "../../../src/xmpp/watchdog.ts";
import { TestClock } from "./linked.ts";

const limits = { pingInterval: 20, pingTimeout: 20 };

/** A watchdog, and how often it asked and gave up. */
function watch() {
  const clock = new TestClock();
  const seen = { pings: 0, dead: 0 };
  const dog = new Watchdog(clock, limits, {
    ping() {
      seen.pings++;
      dog.waiting(1, false);
    },
    dead: () => seen.dead++,
  });
  dog.start();
  /** Time passes, then what waits in the sockets is read, then immediates run. */
  const pass = async (ms: number, read = () => {}) => {
    clock.pass(ms);
    read();
    await new Promise(setImmediate);
  };
  return { clock, dog, seen, pass };
}

describe("a silent stream", () => {
  test("is asked for a word, and dead when none comes: within three intervals", async () => {
    const { seen, pass } = watch();
    await pass(20);
    expect(seen).toEqual({ pings: 0, dead: 0 });
    await pass(20);
    expect(seen).toEqual({ pings: 1, dead: 0 });
    await pass(20);
    expect(seen.dead).toBe(1);
  });

  test("lives on when it answers, for ever", async () => {
    const { dog, seen, pass } = watch();
    for (let i = 0; i < 50; i++) {
      await pass(10);
      dog.heard();
      dog.waiting(0, true);
    }
    expect(seen.dead).toBe(0);
  });

  test("that is not read from is not silent", async () => {
    const { dog, seen, pass } = watch();
    dog.waiting(1, false);
    dog.pause(true);
    for (let i = 0; i < 20; i++) await pass(20);
    expect(seen).toEqual({ pings: 0, dead: 0 });
    dog.pause(false);
    for (let i = 0; i < 5; i++) await pass(20);
    expect(seen.dead).toBe(1);
  });
});

describe("a ping without answer", () => {
  test("is no proof while the process was busy and the answer lies in the socket", async () => {
    const { dog, seen, pass } = watch();
    dog.waiting(1, false);
    await pass(60_000, () => {
      dog.heard();
      dog.waiting(0, true);
    });
    expect(seen.dead).toBe(0);
  });

  test("has more time while other stanzas still come, but not for ever", async () => {
    const { dog, seen, pass } = watch();
    dog.waiting(1, false);
    const read = () => dog.heard();
    for (let i = 0; i < 3; i++) {
      await pass(19, read);
      await pass(1);
    }
    expect(seen.dead).toBe(0);
    await pass(19, read);
    await pass(1);
    expect(seen.dead).toBe(1);
  });

  test("answers to others before it show that the server works", async () => {
    const { dog, seen, pass } = watch();
    dog.waiting(2, false);
    for (let i = 0; i < 20; i++) {
      await pass(10);
      dog.waiting(2, true);
      await pass(10);
    }
    expect(seen.dead).toBe(0);
  });
});

test("the clock jumping an hour forth or back kills nothing and blinds nobody", async () => {
  const { clock, dog, seen, pass } = watch();
  const now = clock.now.bind(clock);
  for (const jump of [3_600_000, -3_600_000]) {
    clock.now = () => now() + jump;
    await pass(20, () => dog.heard());
    expect(seen.dead).toBe(0);
  }
  for (let i = 0; i < 3; i++) await pass(20);
  expect(seen.dead).toBe(1);
});

test("stopped, it has no timers and says nothing", async () => {
  const { clock, dog, seen, pass } = watch();
  dog.waiting(1, false);
  dog.stop();
  expect(clock.waits).toEqual([]);
  await pass(1000);
  expect(seen).toEqual({ pings: 0, dead: 0 });
});
