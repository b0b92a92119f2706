import { afterEach, beforeEach, expect, test } from "vitest";
import { QueueFullError } from "../../src/queue/engine.ts";
import {
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

/** Every limit of the engine holds. */
export function boundsContract(make: MakeHarness): void {
  let harness: EngineHarness;
  let far: Far;
  beforeEach(async () => {
    harness = await make();
    far = new Far();
  });
  afterEach(() => harness.close());

  test("maxWaiting: too much is refused whole, in words, and taken again when there is room", async () => {
    const engine = await harness.open({ maxWaiting: 10 });
    await engine.append(letters(harness, "a", 8));
    const refused = engine.append(letters(harness, "b", 3, laneB));
    await expect(refused).rejects.toBeInstanceOf(QueueFullError);
    await expect(refused).rejects.toThrow(/8 messages wait .* more than 10 may not/);
    expect(engine.stats().waiting).toBe(8);
    await engine.append(letters(harness, "c", 2, laneB));
    await engine.start(far);
    await until(harness, "all", () => far.delivered.length === 10);
    await harness.settle();
    expect(await engine.append(letters(harness, "d", 10))).toHaveLength(10);
  });

  test("maxLane: one conversation cannot fill the queue", async () => {
    const engine = await harness.open({ maxLane: 5 });
    await engine.append(letters(harness, "a", 4));
    const mixed = [...letters(harness, "b", 5, laneB), ...letters(harness, "x", 2)];
    await expect(engine.append(mixed)).rejects.toThrow(/4 messages of this conversation wait .* more than 5/);
    expect(engine.stats()).toMatchObject({ waiting: 4, lanes: 1 });
    expect(await engine.append([...letters(harness, "c", 5, laneB), letter(harness, "a4")])).toHaveLength(6);
  });

  test("room: says beforehand what append would say, of the lane and of all", async () => {
    const engine = await harness.open({ maxWaiting: 10, maxLane: 5 });
    await engine.append(letters(harness, "a", 4));
    expect(engine.room(laneA, 1)).toBeUndefined();
    expect(engine.room(laneA, 2)).toMatch(/4 messages of this conversation wait .* more than 5/);
    expect(engine.room(laneB, 5)).toBeUndefined();
    expect(engine.room(laneB, 7)).toMatch(/4 messages wait .* more than 10/);
    await engine.append(letters(harness, "b", 5, laneB));
    expect(engine.room("out irc.example.org new@example.org c1", 2)).toMatch(/9 messages wait/);
    expect(engine.stats()).toMatchObject({ waiting: 9, lanes: 2 });
    await engine.start(far);
    await until(harness, "all", () => far.delivered.length === 9);
    await harness.settle();
    expect(engine.room(laneA, 5)).toBeUndefined();
  });

  test("what follows from an ending is never refused", async () => {
    const engine = await harness.open({ maxWaiting: 1, maxLane: 1 });
    await engine.append([letter(harness, "a")]);
    far.answer = (lane, batch) =>
      batch.map(() => (lane === laneA ? { state: "done", follow: letters(harness, "f", 3, laneB) } : done));
    await engine.start(far);
    await until(harness, "what follows", () => far.delivered.length === 4);
  });

  test("concurrency: no more lanes are drained at a time", async () => {
    const engine = await harness.open({ concurrency: 3 });
    const hold = gate<void>();
    let most = 0;
    let busy = 0;
    far.answer = async (_lane, batch) => {
      busy += 1;
      most = Math.max(most, busy);
      await hold.promise;
      busy -= 1;
      return batch.map(() => done);
    };
    for (let lane = 0; lane < 20; lane += 1)
      await engine.append([letter(harness, `l${lane}`, `${laneA}${lane}`)]);
    await engine.start(far);
    await harness.settle();
    expect(far.calls).toHaveLength(3);
    hold.open();
    await until(harness, "all", () => far.delivered.length === 20);
    expect(most).toBe(3);
  });

  test("deadMost and deadAge: the oldest dead letters go first", async () => {
    const engine = await harness.open({ deadMost: 5, deadAge: 3_600_000 });
    await engine.start(far);
    far.answer = (_lane, batch) => batch.map(() => ({ state: "failed", reason: "no" }));
    await engine.append(letters(harness, "a", 8));
    await until(harness, "all ends", () => engine.stats().waiting === 0);
    await harness.settle();
    expect(engine.stats().dead).toBe(5);
    expect((await engine.dead(10)).map(({ envelope }) => envelope.id)).toEqual([
      "a7",
      "a6",
      "a5",
      "a4",
      "a3",
    ]);
    await harness.pass(3_700_000);
    expect(engine.stats().dead).toBe(0);
    expect(await engine.dead(10)).toEqual([]);
  });

  test("lanes and dead letters are listed no further than asked, longest waiting first", async () => {
    const engine = await harness.open();
    for (let lane = 0; lane < 5; lane += 1) {
      await engine.append([letter(harness, `l${lane}`, `${laneA}${lane}`)]);
      await harness.pass(1_000);
    }
    const listed = await engine.lanes(2);
    expect(listed.map(({ lane }) => lane)).toEqual([`${laneA}0`, `${laneA}1`]);
    expect(listed[0]).toMatchObject({
      waiting: 1,
      state: "ready",
      attempts: 0,
      oldest: harness.now() - 5_000,
    });
    expect(engine.stats().oldest).toBe(harness.now() - 5_000);
  });
}
