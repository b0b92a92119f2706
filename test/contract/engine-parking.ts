import { afterEach, beforeEach, expect, test } from "vitest";
import type { Outcome } from "../../src/queue/engine.ts";
import {
  allDone,
  done,
  type EngineHarness,
  Far,
  gate,
  laneA,
  laneB,
  letter,
  letters,
  type MakeHarness,
  once,
  until,
} from "./engine-harness.ts";

/** Temporary failures: back-off, holds, and answers that make no sense. */
export function parkingContract(make: MakeHarness): void {
  let harness: EngineHarness;
  let far: Far;
  beforeEach(async () => {
    harness = await make();
    far = new Far();
  });
  afterEach(() => harness.close());

  test("a retry holds its lane in order, counts the attempt, and delays no other lane", async () => {
    const engine = await harness.open({ backoffFirst: 1_000, backoffMost: 60_000 });
    await engine.append([...letters(harness, "a", 3), ...letters(harness, "b", 3, laneB)]);
    let down = true;
    far.answer = (lane, batch, attempt) =>
      lane === laneA && down
        ? ([done, { state: "retry", reason: "is away" }].slice(-batch.length) as Outcome[])
        : allDone(lane, batch, attempt);
    await engine.start(far);
    await until(harness, "the first drain", () => far.calls.length >= 2);
    await harness.settle();
    expect(far.delivered.toSorted()).toEqual(["a0", "b0", "b1", "b2"]);
    expect(await engine.lanes(10)).toMatchObject([
      { lane: laneA, waiting: 2, state: "backoff", attempts: 1, reason: expect.stringContaining("is away") },
    ]);
    down = false;
    await engine.append([letter(harness, "a3")]);
    await harness.pass(1_100);
    await until(harness, "the rest", () => far.delivered.length === 7);
    expect(far.delivered.filter((id) => id.startsWith("a"))).toEqual(["a0", "a1", "a2", "a3"]);
    expect(far.calls.filter(({ lane }) => lane === laneA).map(({ attempt }) => attempt)).toEqual([1, 2]);
  });

  test("back-off doubles up to its bound, and begins anew after a success", async () => {
    const engine = await harness.open({ backoffFirst: 1_000, backoffMost: 4_000 });
    await engine.append(letters(harness, "a", 2));
    const at: number[] = [];
    far.answer = (_lane, batch, attempt) => {
      at.push(harness.now());
      const first = batch[0]?.id === "a0";
      if (first && attempt === 6) return [done];
      return first || attempt === 1 ? [{ state: "retry", reason: "is away" }] : [done];
    };
    await engine.start(far);
    for (let step = 0; step < 300 && far.delivered.length < 2; step += 1) await harness.pass(100);
    const waits = at.slice(1).map((time, index) => time - (at[index] ?? 0));
    const most = [1_000, 2_000, 4_000, 4_000, 4_000, 0, 1_000];
    expect(waits).toHaveLength(most.length);
    for (const [index, wait] of waits.entries()) {
      expect(wait).toBeLessThanOrEqual((most[index] ?? 0) + 200);
      expect(wait).toBeGreaterThanOrEqual((most[index] ?? 0) / 2);
    }
  });

  test("a retry with a time of its own waits that long", async () => {
    const engine = await harness.open();
    await engine.start(far);
    far.answer = once({ state: "retry", reason: "slow down", after: 30_000 });
    await engine.append([letter(harness, "a")]);
    await until(harness, "the first attempt", () => far.calls.length === 1);
    await harness.pass(29_000);
    expect(far.calls).toHaveLength(1);
    await harness.pass(1_500);
    await until(harness, "the second attempt", () => far.delivered.length === 1);
  });

  test.for<[string, () => Outcome[] | Promise<Outcome[]>]>([
    ["a rejection", () => Promise.reject(new Error("broke"))],
    [
      "an exception",
      () => {
        throw new Error("broke");
      },
    ],
    ["no outcome", () => []],
    ["too many outcomes", () => [done, done, done, done]],
    ["an unknown state", () => [{ state: "maybe" } as unknown as Outcome]],
    ["outcomes after a retry", () => [{ state: "retry", reason: "r" }, done]],
    ["nothing at all", () => undefined as unknown as Outcome[]],
  ])("%s is a retry of the first", async ([, answer]) => {
    const engine = await harness.open();
    let broken = true;
    // Not through Far's own bookkeeping: this is what a broken drainer answers.
    const calls: number[] = [];
    await engine.append(letters(harness, "a", 3));
    await engine.start({
      drain: (lane, batch, attempt) => {
        calls.push(attempt);
        return broken ? (answer() as Promise<Outcome[]>) : far.drain(lane, batch, attempt);
      },
      expire: () => [],
    });
    await until(harness, "the first attempt", () => calls.length === 1);
    await harness.settle();
    expect(engine.stats().waiting).toBe(3);
    broken = false;
    await harness.pass(1_100);
    await until(harness, "all three", () => far.delivered.length === 3);
    expect(far.delivered).toEqual(["a0", "a1", "a2"]);
    expect(calls[1]).toBe(2);
  });

  test("lanes in back-off come back each in its own time", async () => {
    const engine = await harness.open();
    await engine.start(far);
    far.answer = (lane, batch, attempt) =>
      attempt > 1
        ? allDone(lane, batch, attempt)
        : [{ state: "retry", reason: "off", after: lane === laneA ? 10_000 : 20_000 }];
    await engine.append([letter(harness, "a"), letter(harness, "b", laneB)]);
    await harness.settle();
    expect(await engine.lanes(2)).toMatchObject([
      { nextAt: harness.now() + 10_000 },
      { nextAt: harness.now() + 20_000 },
    ]);
    await harness.pass(15_000);
    await until(harness, "the first", () => far.delivered.includes("a"));
    expect(far.delivered).toEqual(["a"]);
    await harness.pass(6_000);
    await until(harness, "the second", () => far.delivered.includes("b"));
  });

  test("an engine is started once", async () => {
    const engine = await harness.open();
    await engine.start(far);
    await expect(engine.start(far)).rejects.toThrow(/started before/);
  });

  test("a held lane waits for its wake, which is no new attempt", async () => {
    const engine = await harness.open();
    await engine.start(far);
    far.answer = once({ state: "hold", reason: "not connected" });
    await engine.append(letters(harness, "a", 2));
    await until(harness, "the hold", () => far.calls.length === 1);
    await harness.pass(600_000);
    engine.wake(laneB);
    await harness.settle();
    expect(far.calls).toHaveLength(1);
    expect(engine.stats()).toMatchObject({ waiting: 2, held: 1 });
    expect(await engine.lanes(10)).toMatchObject([{ lane: laneA, state: "held", attempts: 0 }]);
    engine.wake(laneA);
    await until(harness, "both", () => far.delivered.length === 2);
    expect(far.calls.map(({ attempt }) => attempt)).toEqual([1, 1]);
    expect(engine.stats().held).toBe(0);
  });

  test("what is appended to a held lane waits behind it", async () => {
    const engine = await harness.open();
    await engine.start(far);
    far.answer = once({ state: "hold", reason: "not connected" });
    await engine.append([letter(harness, "a0")]);
    await until(harness, "the hold", () => engine.stats().held === 1);
    await engine.append([letter(harness, "a1")]);
    await harness.settle();
    expect(far.calls).toHaveLength(1);
    engine.wake(laneA);
    await until(harness, "both", () => far.delivered.length === 2);
    expect(far.delivered).toEqual(["a0", "a1"]);
  });

  test("wakeAll wakes the lanes whose keys begin so, and no others", async () => {
    const engine = await harness.open();
    await engine.start(far);
    far.answer = () => [{ state: "hold", reason: "not connected" }];
    await engine.append([letter(harness, "a"), letter(harness, "b", laneB)]);
    await until(harness, "both held", () => engine.stats().held === 2);
    far.answer = allDone;
    engine.wakeAll("out irc.example.org romeo@example.org ");
    await until(harness, "romeo's", () => far.delivered.length === 1);
    await harness.settle();
    expect(far.delivered).toEqual(["a"]);
    engine.wakeAll("out irc.example.org ");
    await until(harness, "juliet's", () => far.delivered.length === 2);
  });

  test("a wake that comes while a drain is about to hold is not lost", async () => {
    const engine = await harness.open();
    await engine.start(far);
    for (const wake of [() => engine.wake(laneA), () => engine.wakeAll("out ")]) {
      const answer = gate<Outcome[]>();
      far.answer = () => answer.promise;
      const calls = far.calls.length;
      await engine.append([letter(harness, `a${calls}`)]);
      await until(harness, "the drain", () => far.calls.length > calls);
      wake();
      far.answer = allDone;
      answer.open([{ state: "hold", reason: "not connected yet" }]);
      await until(harness, "the next drain", () => far.delivered.includes(`a${calls}`));
    }
  });

  test("a wake ends a back-off: what made the lane fail is over", async () => {
    const engine = await harness.open();
    await engine.start(far);
    for (const wake of [() => engine.wake(laneA), () => engine.wakeAll("out ")]) {
      far.answer = once({ state: "retry", reason: "is away", after: 10_000 });
      const calls = far.calls.length;
      await engine.append([letter(harness, `a${calls}`)]);
      await until(harness, "the attempt", () => far.calls.length > calls);
      await harness.settle();
      expect(far.delivered).not.toContain(`a${calls}`);
      wake();
      await until(harness, "the next", () => far.delivered.includes(`a${calls}`));
      expect(far.calls.at(-1)?.attempt).toBe(2);
    }
  });

  test("a drain that takes minutes is neither abandoned nor made twice, whatever the clock does", async () => {
    const engine = await harness.open();
    await engine.start(far);
    const answer = gate<Outcome[]>();
    far.answer = () => answer.promise;
    await engine.append([letter(harness, "a")]);
    await until(harness, "the drain", () => far.calls.length === 1);
    await harness.pass(60_000);
    harness.jump(3_600_000);
    await harness.pass(60_000);
    harness.jump(-3_600_000);
    await harness.pass(60_000);
    expect(far.calls).toHaveLength(1);
    answer.open([done]);
    await until(harness, "its end", () => engine.stats().waiting === 0);
    expect(engine.stats().dead).toBe(0);
  });

  test("a clock set back an hour does not lengthen a back-off, nor one set forward end it", async () => {
    const engine = await harness.open();
    await engine.start(far);
    const later = { deadline: harness.now() + 86_400_000 };
    for (const [id, jump] of [
      ["back", -3_600_000],
      ["forward", 3_600_000],
    ] as const) {
      far.answer = once({ state: "retry", reason: "is away", after: 10_000 });
      await engine.append([letter(harness, id, laneA, later)]);
      await harness.settle();
      const calls = far.calls.length;
      harness.jump(jump);
      await harness.pass(8_000);
      expect(far.calls).toHaveLength(calls);
      await harness.pass(3_000);
      await until(harness, id, () => far.delivered.includes(id));
    }
  });
}
