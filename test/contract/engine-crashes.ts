import { afterEach, beforeEach, expect, test } from "vitest";
import type { Outcome } from "../../src/queue/engine.ts";
import {
  back,
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

/** What a process that is killed leaves to the next. */
export function crashContract(make: MakeHarness): void {
  let harness: EngineHarness;
  let far: Far;
  beforeEach(async () => {
    harness = await make();
    far = new Far();
  });
  afterEach(() => harness.close());

  test("what append resolved for is there after a kill, in order, and was not attempted", async () => {
    const engine = await harness.open();
    await engine.append(letters(harness, "a", 20));
    await engine.append(letters(harness, "b", 20, laneB));
    await harness.kill();
    const next = await harness.open();
    expect(next.stats()).toMatchObject({ waiting: 40, lanes: 2 });
    await next.start(far);
    await until(harness, "all", () => far.delivered.length === 40);
    expect(far.delivered.filter((id) => id.startsWith("a"))).toEqual(
      letters(harness, "a", 20).map(({ id }) => id),
    );
    expect(far.calls.every(({ attempt }) => attempt === 1)).toBe(true);
  });

  test("killed while a drain is under way: offered again, as another attempt", async () => {
    const engine = await harness.open({ batch: 2 });
    far.answer = () => new Promise(() => {});
    await engine.append(letters(harness, "a", 5));
    await engine.start(far);
    await until(harness, "the drain", () => far.calls.length === 1);
    await harness.kill();
    const next = new Far();
    await (await harness.open({ batch: 2 })).start(next);
    await until(harness, "all", () => next.delivered.length === 5);
    expect(next.delivered).toEqual(["a0", "a1", "a2", "a3", "a4"]);
    expect(next.calls[0]?.attempt).toBe(2);
  });

  test("killed at the moment of a drain: its attempt is on record already", async () => {
    const engine = await harness.open();
    let killed: Promise<void> | undefined;
    far.answer = () => {
      killed ??= harness.kill();
      return new Promise(() => {});
    };
    await engine.start(far);
    await engine.append([letter(harness, "a")]);
    await until(harness, "the drain", () => killed !== undefined);
    await killed;
    const next = new Far();
    await (await harness.open()).start(next);
    await until(harness, "the second attempt", () => next.delivered.length === 1);
    expect(next.calls[0]?.attempt).toBe(2);
  });

  test("an ending and what follows from it are on record together or not at all", async () => {
    const engine = await harness.open();
    const answer = gate<Outcome[]>();
    far.answer = (lane) => (lane === laneA ? answer.promise : new Promise(() => {}));
    await engine.start(far);
    await engine.append([letter(harness, "a")]);
    await until(harness, "the drain", () => far.calls.length === 1);
    answer.open([{ state: "done", follow: [letter(harness, "follow", back)] }]);
    await until(harness, "what follows", () => far.calls.some(({ lane }) => lane === back));
    await harness.kill();
    const next = new Far();
    await (await harness.open()).start(next);
    await until(harness, "what follows", () => next.delivered.length > 0);
    await harness.settle();
    expect(next.delivered).toEqual(["follow"]);
  });

  test("what ended stays ended, dead letters and ledger outlive the process", async () => {
    const engine = await harness.open();
    await engine.start(far);
    far.answer = (_lane, batch) =>
      batch.map(({ id }) => (id === "bad" ? { state: "failed", reason: "no" } : done));
    await engine.append([letter(harness, "a", laneA, { dedupe: "key" }), letter(harness, "bad")]);
    await until(harness, "both ends", () => engine.stats().dead === 1);
    await harness.settle();
    await harness.kill();
    const next = await harness.open();
    await next.start(far);
    expect(await next.append([letter(harness, "again", laneA, { dedupe: "key" })])).toEqual([false]);
    expect(await next.dead(10)).toMatchObject([{ envelope: { id: "bad" } }]);
    await harness.settle();
    expect(far.delivered).toEqual(["a"]);
  });

  test("a lane that was held or in back-off is ready in the next life, with its attempts", async () => {
    const engine = await harness.open();
    await engine.start(far);
    far.answer = (lane) => [
      lane === laneA ? { state: "hold", reason: "off" } : { state: "retry", reason: "off", after: 600_000 },
    ];
    await engine.append([letter(harness, "a"), letter(harness, "b", laneB)]);
    await until(harness, "both", () => far.calls.length === 2);
    await harness.settle();
    await harness.kill();
    const next = new Far();
    await (await harness.open()).start(next);
    await until(harness, "both again", () => next.delivered.length === 2);
    expect(next.calls.find(({ lane }) => lane === laneB)?.attempt).toBe(2);
  });

  test("attempts go on counting over crashes", async () => {
    for (let life = 1; life <= 5; life += 1) {
      const engine = await harness.open();
      if (life === 1) await engine.append([letter(harness, "a")]);
      const one = new Far();
      one.answer = () => new Promise(() => {});
      await engine.start(one);
      await until(harness, "the drain", () => one.calls.length === 1);
      expect(one.calls[0]?.attempt).toBe(life);
      await harness.kill();
    }
  });

  test("a retry before a crash and one after it keep the order", async () => {
    const engine = await harness.open();
    await engine.append(letters(harness, "a", 4));
    far.answer = (_lane, batch) => (batch.length === 4 ? [done, { state: "retry", reason: "off" }] : [done]);
    await engine.start(far);
    await until(harness, "the first", () => far.delivered.length === 1);
    await harness.settle();
    await harness.kill();
    const next = new Far();
    next.answer = once({ state: "retry", reason: "off" });
    const again = await harness.open();
    await again.start(next);
    await harness.settle();
    await again.append([letter(harness, "a4")]);
    await harness.pass(10_000);
    await until(harness, "the rest", () => next.delivered.length === 4);
    expect(next.delivered).toEqual(["a1", "a2", "a3", "a4"]);
    expect(next.calls.map(({ attempt }) => attempt)).toEqual([2, 3]);
  });
}
