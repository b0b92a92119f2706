import { afterEach, beforeEach, expect, test } from "vitest";
import {
  allDone,
  back,
  done,
  type EngineHarness,
  Far,
  laneA,
  laneB,
  letter,
  letters,
  type MakeHarness,
  once,
  until,
} from "./engine-harness.ts";

/** Permanent failures, deadlines, and what an operator can do about them. */
export function deadContract(make: MakeHarness): void {
  let harness: EngineHarness;
  let far: Far;
  beforeEach(async () => {
    harness = await make();
    far = new Far();
  });
  afterEach(() => harness.close());

  test("a failed envelope becomes a dead letter, its sender is told, the lane goes on", async () => {
    const engine = await harness.open();
    await engine.append(letters(harness, "a", 3));
    far.answer = (lane, batch) =>
      batch.map(({ id }) =>
        lane === laneA && id === "a1"
          ? { state: "failed", reason: "no such nick", follow: [letter(harness, "error", back)] }
          : done,
      );
    await engine.start(far);
    await until(harness, "the error", () => far.delivered.includes("error"));
    await harness.settle();
    expect(far.delivered.toSorted()).toEqual(["a0", "a2", "error"]);
    expect(engine.stats()).toMatchObject({ waiting: 0, dead: 1 });
    const [dead] = await engine.dead(10);
    expect(dead).toMatchObject({ state: "failed", reason: "no such nick", diedAt: harness.now() });
    expect(dead?.envelope).toEqual(letter(harness, "a1"));
  });

  test("history tells what happened, attempt by attempt, and keeps the last ten", async () => {
    const engine = await harness.open({ backoffFirst: 1_000, backoffMost: 1_000 });
    far.answer = (_lane, _batch, attempt) =>
      attempt < 15
        ? [{ state: "retry", reason: `try ${attempt}` }]
        : [{ state: "failed", reason: "gave up" }];
    await engine.append([letter(harness, "a")]);
    await engine.start(far);
    await harness.pass(2_500);
    const early = await engine.find("a");
    expect(early).toMatchObject({ state: "waiting", envelope: { id: "a" } });
    expect(early?.history[0]).toEqual({ at: harness.now() - 2_500, what: "accepted" });
    expect(early?.history.map(({ what }) => what).join()).toMatch(/accepted,.*try 1,.*try 2/);
    await harness.pass(30_000);
    const late = await engine.find("a");
    expect(late?.state).toBe("failed");
    expect(late?.history.length).toBeLessThanOrEqual(11);
    expect(late?.history.at(-1)?.what).toMatch(/gave up/);
    expect(await engine.find("unknown")).toBeUndefined();
  });

  test("at its deadline an envelope expires: never sent, its sender told, kept as a dead letter", async () => {
    const engine = await harness.open();
    const soon = { deadline: harness.now() + 5_000 };
    await engine.append([letter(harness, "a0", laneA, soon), letter(harness, "a1")]);
    await harness.pass(5_000);
    far.follow = () => [letter(harness, "told", back)];
    await engine.start(far);
    await until(harness, "both", () => far.delivered.length === 2);
    expect(far.delivered.toSorted()).toEqual(["a1", "told"]);
    expect(far.expired).toEqual(["a0"]);
    expect(await engine.dead(10)).toMatchObject([{ state: "expired", envelope: { id: "a0" } }]);
    expect((await engine.find("a0"))?.history.at(-1)?.what).toMatch(/expired/);
  });

  test("an envelope expires behind others too, and is not drained with them", async () => {
    const engine = await harness.open();
    const past = { deadline: harness.now() };
    await engine.append([letter(harness, "a0"), letter(harness, "a1", laneA, past), letter(harness, "a2")]);
    await engine.start(far);
    await until(harness, "the last", () => far.delivered.includes("a2"));
    expect(far.delivered).toEqual(["a0", "a2"]);
    expect(far.expired).toEqual(["a1"]);
  });

  test("in a held lane what is past its deadline expires on time, the rest stays held", async () => {
    const engine = await harness.open();
    await engine.start(far);
    far.answer = () => [{ state: "hold", reason: "not connected" }];
    const soon = { deadline: harness.now() + 5_000 };
    await engine.append([
      letter(harness, "a0", laneA, soon),
      letter(harness, "a1", laneA, soon),
      letter(harness, "a2"),
    ]);
    await harness.settle();
    await harness.pass(4_000);
    expect(far.expired).toEqual([]);
    await harness.pass(2_000);
    await until(harness, "the expiry", () => far.expired.length === 2);
    await harness.settle();
    expect(far.calls).toHaveLength(1);
    expect(engine.stats()).toMatchObject({ waiting: 1, held: 1, dead: 2 });
    far.answer = allDone;
    engine.wake(laneA);
    await until(harness, "the rest", () => far.delivered.length === 1);
    expect(far.delivered).toEqual(["a2"]);
  });

  test("a lane in back-off whose head expires goes on with the next", async () => {
    const engine = await harness.open();
    await engine.start(far);
    far.answer = once({ state: "retry", reason: "is away", after: 600_000 });
    await engine.append([
      letter(harness, "a0", laneA, { deadline: harness.now() + 5_000 }),
      letter(harness, "a1"),
    ]);
    await harness.settle();
    await harness.pass(6_000);
    await until(harness, "the next", () => far.delivered.includes("a1"));
    expect(far.expired).toEqual(["a0"]);
  });

  test("a clock set forward lets deadlines pass within seconds, each once", async () => {
    const engine = await harness.open();
    await engine.start(far);
    far.answer = () => [{ state: "hold", reason: "not connected" }];
    await engine.append([
      letter(harness, "a"),
      letter(harness, "b", laneB, { deadline: harness.now() + 90_000_000 }),
    ]);
    await harness.settle();
    harness.jump(7_200_000);
    await harness.pass(3_000);
    harness.jump(-7_200_000);
    await harness.pass(3_000);
    expect(far.expired).toEqual(["a"]);
    expect(engine.stats()).toMatchObject({ waiting: 1, dead: 1 });
  });

  test("an expire that throws does not keep the envelope alive", async () => {
    const engine = await harness.open();
    far.follow = () => {
      throw new Error("broke");
    };
    await engine.append([letter(harness, "a", laneA, { deadline: harness.now() })]);
    await engine.start(far);
    await until(harness, "the dead letter", () => engine.stats().dead === 1);
  });

  test("an id that dies twice is one dead letter", async () => {
    const engine = await harness.open();
    await engine.start(far);
    far.answer = (_lane, batch) => batch.map(() => ({ state: "failed", reason: "no" }));
    await engine.append([letter(harness, "a"), letter(harness, "a", laneB)]);
    await until(harness, "both ends", () => engine.stats().waiting === 0);
    await harness.settle();
    expect(engine.stats().dead).toBe(1);
    expect(await engine.dead(10)).toHaveLength(1);
  });

  test("a dead letter can be put back at its lane's end, with its history, and dropped", async () => {
    const engine = await harness.open();
    await engine.start(far);
    far.answer = () => [{ state: "failed", reason: "no such nick" }];
    await engine.append([letter(harness, "a", laneA, { dedupe: "key" })]);
    await until(harness, "the dead letter", () => engine.stats().dead === 1);
    expect(await engine.retryDead("unknown", 0)).toBe(false);
    expect(await engine.dropDead("unknown")).toBe(false);
    expect(await engine.retryDead("a", harness.now() + 60_000)).toBe(true);
    await until(harness, "its second death", () => far.calls.length === 2 && engine.stats().dead === 1);
    expect(far.calls[1]?.attempt).toBeGreaterThanOrEqual(2);
    const texts = (await engine.find("a"))?.history.map(({ what }) => what).join();
    expect(texts).toMatch(/accepted,.*no such nick.*operator.*no such nick/);
    expect(await engine.dropDead("a")).toBe(true);
    expect(await engine.dropDead("a")).toBe(false);
    expect(engine.stats().dead).toBe(0);
    expect(await engine.find("a")).toBeUndefined();
  });
}
