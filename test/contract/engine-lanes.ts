import { afterEach, beforeEach, expect, test } from "vitest";
import {
  allDone,
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
  until,
} from "./engine-harness.ts";

/** Order, batches, fairness, what follows, what comes twice. */
export function laneContract(make: MakeHarness): void {
  let harness: EngineHarness;
  let far: Far;
  beforeEach(async () => {
    harness = await make();
    far = new Far();
  });
  afterEach(() => harness.close());

  test("what is appended is drained, in order, as it was given", async () => {
    const engine = await harness.open();
    await engine.start(far);
    const sent = letter(harness, "1", laneA, {
      body: { text: "tschüß 👋 \u0000\u2028", list: [1, null, {}] },
    });
    let seen: unknown;
    far.answer = (_lane, batch) => {
      seen = batch[0];
      return batch.map(() => done);
    };
    expect(await engine.append([sent])).toEqual([true]);
    await until(harness, "the drain", () => far.delivered.length === 1);
    expect(seen).toEqual(sent);
    expect(far.calls).toEqual([{ lane: laneA, ids: ["1"], attempt: 1 }]);
    await harness.settle();
    expect(engine.stats()).toEqual({ waiting: 0, lanes: 0, held: 0, dead: 0 });
  });

  test("what waited before the start is drained first", async () => {
    const engine = await harness.open();
    await engine.append(letters(harness, "early", 3));
    await harness.settle();
    expect(far.calls).toEqual([]);
    await engine.start(far);
    await engine.append([letter(harness, "late")]);
    await until(harness, "all four", () => far.delivered.length === 4);
    expect(far.delivered).toEqual(["early0", "early1", "early2", "late"]);
  });

  test("a lane is drained in batches, one at a time, and what comes meanwhile waits its turn", async () => {
    const engine = await harness.open({ batch: 4 });
    await engine.start(far);
    const first = gate<void>();
    far.answer = async (_lane, batch) => {
      await first.promise;
      return batch.map(() => done);
    };
    await engine.append([letter(harness, "a0")]);
    await until(harness, "the first drain", () => far.calls.length === 1);
    for (let index = 1; index < 10; index += 1) await engine.append([letter(harness, `a${index}`)]);
    await harness.settle();
    expect(far.calls).toHaveLength(1);
    first.open();
    await until(harness, "all ten", () => far.delivered.length === 10);
    expect(far.delivered).toEqual(Array.from({ length: 10 }, (_, index) => `a${index}`));
    expect(Math.max(...far.calls.map(({ ids }) => ids.length))).toBeLessThanOrEqual(4);
  });

  test("outcomes for a first part: the rest is offered again at once, and it is no new attempt", async () => {
    const engine = await harness.open();
    far.answer = (_lane, batch) => [done, done].slice(0, batch.length);
    await engine.append(letters(harness, "a", 5));
    await engine.start(far);
    await until(harness, "all five", () => far.delivered.length === 5);
    expect(far.calls.map(({ ids }) => ids.length)).toEqual([5, 3, 1]);
    expect(far.calls.map(({ attempt }) => attempt)).toEqual([1, 1, 1]);
  });

  test("a lane that is slow does not keep another waiting", async () => {
    const engine = await harness.open();
    await engine.start(far);
    far.answer = (lane, batch, attempt) =>
      lane === laneA ? new Promise(() => {}) : allDone(lane, batch, attempt);
    await engine.append([letter(harness, "a"), letter(harness, "b", laneB)]);
    await until(harness, "the other lane", () => far.delivered.includes("b"));
    await engine.append(letters(harness, "more", 50, laneB));
    await until(harness, "the other lane", () => far.delivered.length === 51);
  });

  test("lanes take turns: a long one yields after each batch", async () => {
    const engine = await harness.open({ batch: 10, concurrency: 1 });
    await engine.append(letters(harness, "long", 100));
    await engine.append(letters(harness, "short", 10, laneB));
    await engine.start(far);
    await until(harness, "the short lane", () => far.delivered.includes("short9"));
    expect(far.calls.findIndex(({ lane }) => lane === laneB)).toBeLessThanOrEqual(2);
    await until(harness, "the long lane", () => far.delivered.length === 110);
  });

  test("what follows from an envelope is appended, in order", async () => {
    const engine = await harness.open();
    await engine.start(far);
    far.answer = (lane, batch) =>
      batch.map(({ id }) =>
        lane === back
          ? done
          : { state: "done", follow: [letter(harness, `${id}-1`, back), letter(harness, `${id}-2`, back)] },
      );
    await engine.append(letters(harness, "a", 3));
    await until(harness, "what follows", () => far.delivered.length === 9);
    const followed = far.delivered.filter((id) => id.includes("-"));
    expect(followed).toEqual(["a0-1", "a0-2", "a1-1", "a1-2", "a2-1", "a2-2"]);
  });

  test("a key that the lane's ledger has is dropped, also in one append and after the first has ended", async () => {
    const engine = await harness.open();
    await engine.start(far);
    const keyed = (id: string, lane?: string) => letter(harness, id, lane, { dedupe: "msgid-1" });
    expect(await engine.append([keyed("1"), keyed("2"), letter(harness, "3")])).toEqual([true, false, true]);
    await until(harness, "both", () => far.delivered.length === 2);
    expect(await engine.append([keyed("4")])).toEqual([false]);
    expect(await engine.append([keyed("5", laneB)])).toEqual([true]);
    await until(harness, "the other lane's own", () => far.delivered.length === 3);
    expect(far.delivered).toEqual(["1", "3", "5"]);
  });

  test("a backlog of 100,000 in one lane is drained in order", { timeout: 120_000 }, async () => {
    const engine = await harness.open();
    for (let part = 0; part < 100; part += 1) await engine.append(letters(harness, `${part}.`, 1_000));
    expect(engine.stats()).toMatchObject({ waiting: 100_000, lanes: 1, oldest: harness.now() });
    await engine.start(far);
    await until(harness, "all of them", () => far.delivered.length === 100_000);
    const wrong = far.delivered.findIndex(
      (id, index) => id !== `${Math.floor(index / 1_000)}.${index % 1_000}`,
    );
    expect(wrong).toBe(-1);
  });

  test("stop waits for drains under way, and drains nothing more", async () => {
    const engine = await harness.open();
    await engine.start(far);
    const first = gate<void>();
    far.answer = async (_lane, batch) => {
      await first.promise;
      return batch.map(() => done);
    };
    await engine.append([letter(harness, "under way")]);
    await until(harness, "the drain", () => far.calls.length === 1);
    const stopped = engine.stop(5_000);
    await engine.append([letter(harness, "while stopping"), letter(harness, "other", laneB)]);
    first.open();
    await stopped;
    expect(far.delivered).toEqual(["under way"]);
    await harness.kill();

    const next = new Far();
    await (await harness.open()).start(next);
    await until(harness, "what waited", () => next.delivered.length === 2);
    expect(next.delivered.toSorted()).toEqual(["other", "while stopping"]);
    expect(next.calls.every(({ ids }) => !ids.includes("under way"))).toBe(true);
  });

  test("stop gives up on a drain that does not end", async () => {
    const engine = await harness.open();
    await engine.start(far);
    far.answer = () => new Promise(() => {});
    await engine.append([letter(harness, "stuck")]);
    await until(harness, "the drain", () => far.calls.length === 1);
    const stopped = engine.stop(5_000);
    await harness.pass(5_000);
    await stopped;
    await harness.kill();
    const next = new Far();
    await (await harness.open()).start(next);
    await until(harness, "it to be offered again", () => next.delivered.length === 1);
    expect(next.calls[0]?.attempt).toBeGreaterThanOrEqual(2);
  });
}
