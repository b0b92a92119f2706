import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { createEmbeddedEngine, defaultLimits, queueMigrations } from "../../../src/queue/embedded/index.ts";
import { QueueFullError } from "../../../src/queue/engine.ts";
import { openDatabase } from "../../../src/sqlite/group-commit.ts";
import { TestClock } from "../../contract/engine-clock.ts";
import { EmbeddedHarness } from "../../contract/engine-embedded-harness.ts";
import {
  allDone,
  back,
  done,
  Far,
  gate,
  laneA,
  laneB,
  letter,
  letters,
  until,
} from "../../contract/engine-harness.ts";
import { smallDisk } from "../sqlite/small-disk.ts";

let harness: EmbeddedHarness;
let far: Far;
beforeEach(() => {
  harness = new EmbeddedHarness();
  far = new Far();
});
afterEach(() => harness.close());

/** Lets the file grow by so many pages and no more. */
function roomFor(pages: number): void {
  const { db } = harness.database;
  const count = Number(db.prepare("PRAGMA page_count").get()?.page_count);
  db.exec(`PRAGMA max_page_count = ${count + pages}`);
}
function rows(table: string): unknown {
  return harness.database.db.prepare(`SELECT count(*) AS n FROM ${table}`).get()?.n;
}
const big = { body: "x".repeat(200_000) };

test("one commit before a message is sent, one after it, and nothing of it stays behind", async () => {
  const engine = await harness.open();
  await engine.start(far);
  let commits = 0;
  harness.database.onCommit(() => {
    commits += 1;
  });
  let commitsWhenSent = 0;
  far.answer = (lane, batch, attempt) => {
    commitsWhenSent = commits;
    return allDone(lane, batch, attempt);
  };
  await engine.append([letter(harness, "a")]);
  await harness.settle();
  expect(commitsWhenSent).toBeLessThanOrEqual(1);
  expect(commits).toBe(2);
  for (const table of ["queue_envelope", "queue_trouble", "queue_dead", "queue_ledger"])
    expect(rows(table)).toBe(0);
});

test("trouble leaves no row behind once it is over", async () => {
  const engine = await harness.open();
  await engine.start(far);
  far.answer = (_lane, _batch, attempt) => (attempt === 1 ? [{ state: "retry", reason: "is away" }] : [done]);
  await engine.append([letter(harness, "a")]);
  await harness.settle();
  expect(rows("queue_trouble")).toBe(1);
  await harness.pass(2_000);
  expect(far.delivered).toEqual(["a"]);
  expect(rows("queue_trouble")).toBe(0);
});

test("disk full: refused in words, nothing of it taken, what waits is drained, taken again with room", async () => {
  const engine = await harness.open();
  await engine.append(letters(harness, "a", 3));
  roomFor(4);
  const refused = engine.append([letter(harness, "small", laneB), letter(harness, "big", laneB, big)]);
  await expect(refused).rejects.toBeInstanceOf(QueueFullError);
  await expect(refused).rejects.toThrow(/nothing can be stored: .*disk is full: make room/);
  expect(engine.stats()).toMatchObject({ waiting: 3, lanes: 1 });
  await engine.start(far);
  await until(harness, "what waits", () => far.delivered.length === 3);
  roomFor(1_000);
  await engine.append([letter(harness, "big", laneB, big)]);
  await until(harness, "the big one", () => far.delivered.length === 4);
  await harness.settle();
  expect(engine.stats()).toEqual({ waiting: 0, lanes: 0, held: 0, dead: 0 });
  expect(rows("queue_envelope")).toBe(0);
});

test("disk full while an ending is recorded: it is no second delivery, and what follows comes with room", async () => {
  const engine = await harness.open();
  await engine.start(far);
  const answer = gate<void>();
  far.answer = async (lane, batch) => {
    if (lane !== laneA) return batch.map(() => done);
    await answer.promise;
    return batch.map(() => ({ state: "done", follow: [letter(harness, "follow", back, big)] }));
  };
  await engine.append([letter(harness, "a")]);
  await until(harness, "the drain", () => far.calls.length === 1);
  roomFor(2);
  answer.open();
  await harness.settle();
  expect(far.delivered).toEqual(["a"]);
  await expect(engine.append([letter(harness, "b", laneB)])).rejects.toThrow(/disk is full/);
  expect(engine.room(laneB, 1)).toMatch(/nothing can be stored: .*disk is full/);
  await harness.pass(3_000);
  expect(far.calls).toHaveLength(1);
  roomFor(1_000);
  await harness.pass(1_100);
  await until(harness, "what follows", () => far.delivered.includes("follow"));
  expect(far.delivered).toEqual(["a", "follow"]);
  expect(engine.room(laneB, 1)).toBeUndefined();
  await engine.append([letter(harness, "b", laneB)]);
  await until(harness, "the next", () => far.delivered.includes("b"));
  expect(rows("queue_envelope")).toBe(0);
});

test("once endings are written that the disk did not take, the lanes behind them go on by themselves", async () => {
  const engine = await harness.open({ concurrency: 1 });
  await engine.start(far);
  const answer = gate<void>();
  far.answer = async (_lane, batch) => {
    await answer.promise;
    return batch.map(() => done);
  };
  await engine.append([letter(harness, "a"), letter(harness, "b", laneB)]);
  await until(harness, "the drain", () => far.calls.length === 1);
  const { db } = harness.database;
  db.exec("CREATE TRIGGER full BEFORE DELETE ON queue_envelope BEGIN SELECT RAISE(ABORT, 'disk full'); END");
  answer.open();
  await harness.settle();
  expect(engine.room(laneA, 1)).toMatch(/disk full/);
  expect(far.delivered).toEqual(["a"]);
  db.exec("DROP TRIGGER full");
  await harness.pass(1_100);
  expect(far.delivered).toEqual(["a", "b"]);
  expect(engine.room(laneA, 1)).toBeUndefined();
});

test("an attempt that cannot be recorded is not made; it is made a second later", async () => {
  const engine = await harness.open();
  await engine.append([letter(harness, "a")]);
  const { db } = harness.database;
  db.exec("CREATE TRIGGER full BEFORE UPDATE ON queue_envelope BEGIN SELECT RAISE(ABORT, 'disk full'); END");
  await engine.start(far);
  await harness.settle();
  expect(far.calls).toEqual([]);
  expect(await engine.lanes(1)).toMatchObject([{ state: "backoff", attempts: 0 }]);
  db.exec("DROP TRIGGER full");
  await harness.pass(1_100);
  expect(far.calls).toEqual([{ lane: laneA, ids: ["a"], attempt: 1 }]);
});

test("an attempt goes on record with the envelope only where the lane's next drain will make it", async () => {
  const engine = await harness.open({ batch: 4 });
  await engine.start(far);
  far.answer = (lane) => {
    if (lane === laneA) return new Promise(() => {});
    return [lane === laneB ? { state: "hold", reason: "off" } : { state: "retry", reason: "off" }];
  };
  await engine.append([letter(harness, "a0"), letter(harness, "b0", laneB), letter(harness, "c0", back)]);
  await harness.settle();
  await engine.append([
    ...letters(harness, "a", 34),
    letter(harness, "b1", laneB),
    letter(harness, "c1", back),
  ]);
  const tries = (lane: string) =>
    harness.database.db
      .prepare("SELECT tries FROM queue_envelope WHERE lane = ? ORDER BY seq")
      .all(lane)
      .map((row) => row.tries);
  expect(tries(laneA)).toEqual([...Array(32).fill(1), 0, 0, 0]);
  expect(tries(laneB)).toEqual([1, 0]);
  expect(tries(back)).toEqual([1, 0]);
});

test("a death that is taken back with its turn is counted once, when it is written again", async () => {
  const engine = await harness.open();
  await engine.start(far);
  far.answer = (_lane, batch) => {
    queueMicrotask(() => {
      queueMicrotask(() => {
        void harness.database.write(() => {
          throw new Error("not ours");
        });
      });
    });
    return batch.map(() => ({ state: "failed", reason: "no" }));
  };
  await engine.append([letter(harness, "a")]);
  await harness.settle();
  await harness.pass(3_000);
  expect(engine.stats()).toMatchObject({ waiting: 0, dead: 1 });
  expect(far.calls).toHaveLength(1);
  expect(await engine.dead(10)).toHaveLength(1);
});

test("another part's failed write takes the turn's appends back, and they are refused", async () => {
  const engine = await harness.open();
  await engine.start(far);
  const refused = engine.append(letters(harness, "a", 2));
  void harness.database.write(() => {
    throw new Error("not ours");
  });
  await expect(refused).rejects.toThrow(/nothing can be stored: .*not ours/);
  await harness.settle();
  expect(far.calls).toEqual([]);
  expect(engine.stats()).toMatchObject({ waiting: 0, lanes: 0 });
  await engine.append([letter(harness, "b")]);
  await until(harness, "the next", () => far.delivered.includes("b"));
});

test("a real full disk: nothing accepted is lost, and all of it is delivered in order once there is room", async (context) => {
  const disk = smallDisk(context, "4m");
  const database = openDatabase(join(disk.folder, "data.sqlite"), [queueMigrations]);
  const settle = async () => {
    for (let turn = 0; turn < 12; turn += 1) {
      await harness.turn();
      await database.flushed().catch(() => {});
    }
  };
  try {
    disk.fill(1_000_000);
    const log = { info() {}, warn() {}, error() {} };
    const clock = new TestClock();
    const engine = createEmbeddedEngine(database, defaultLimits, { clock, random: () => 0.5, log });
    const accepted: string[] = [];
    for (let index = 0; index < 200; index += 1) {
      const one = letter(harness, `${index}`, laneA, { body: "x".repeat(20_000) });
      const end = await engine.append([one]).catch((error: unknown) => error);
      if (Array.isArray(end)) accepted.push(one.id);
      else expect(end).toBeInstanceOf(QueueFullError);
    }
    expect(engine.stats().waiting).toBe(accepted.length);
    expect(accepted.length).toBeGreaterThan(5);
    expect(accepted.length).toBeLessThan(100);
    await engine.start(far);
    await clock.pass(5_000, settle);
    disk.empty();
    await clock.pass(5_000, settle);
    expect(far.delivered).toEqual(accepted);
    await engine.append([letter(harness, "after")]);
    await until(harness, "the next", () => far.delivered.includes("after"));
    await engine.stop(0);
  } finally {
    database.close();
    disk.remove();
  }
});

test("a disk that others fill up: what waits is delivered all the same", async (context) => {
  const disk = smallDisk(context, "8m");
  const database = openDatabase(join(disk.folder, "data.sqlite"), [queueMigrations]);
  try {
    const log = { info() {}, warn() {}, error() {} };
    const engine = createEmbeddedEngine(database, defaultLimits, {
      clock: new TestClock(),
      random: () => 0.5,
      log,
    });
    const body = "x".repeat(10_000);
    for (let part = 0; part < 100; part += 1)
      await engine.append([letter(harness, `${part}`, laneA, { body })]);
    // As in any gateway that has run for a while: the log was copied into the file before.
    database.db.exec("PRAGMA wal_checkpoint(RESTART)");
    disk.fill(0);
    await engine.start(far);
    await until(harness, "all of it", () => far.delivered.length === 100);
    await engine.stop(0);
  } finally {
    database.close();
    disk.remove();
  }
});

test("a disk that fails for good: refused in words, nothing more is sent, and a stop does not wait", async () => {
  const answers: ((error: Error | null) => void)[] = [];
  harness.sync = (_fd, answer) => answers.push(answer);
  const engine = await harness.open();
  const before = engine.append([letter(harness, "a")]);
  await until(harness, "its sync", () => answers.length === 1);
  answers.pop()?.(null);
  await before;
  await engine.start(far);
  const refused = engine.append([letter(harness, "b")]);
  await until(harness, "the next sync", () => answers.length === 1);
  const open = engine.append([letter(harness, "c", laneB)]);
  answers.pop()?.(new Error("EIO"));
  for (const append of [refused, open, engine.append([letter(harness, "d")])]) {
    await expect(append).rejects.toBeInstanceOf(QueueFullError);
    await expect(append).rejects.toThrow(/nothing can be stored: the disk failed/);
  }
  expect(engine.room(laneA, 1)).toMatch(/the disk failed/);
  expect(engine.stats()).toMatchObject({ waiting: 1, lanes: 1 });
  await harness.pass(5_000);
  expect(far.calls).toEqual([]);
  await engine.stop(60_000);
});

test("more than fits in memory is read back from disk, in order, and memory is given back", async () => {
  const engine = await harness.open({ batch: 64 });
  const body = "x".repeat(50_000);
  for (let part = 0; part < 20; part += 1) {
    const some = Array.from({ length: 50 }, (_, index) =>
      letter(harness, `${part * 50 + index}`, laneA, { body }),
    );
    await engine.append(some);
    await engine.append([letter(harness, `b${part}`, laneB)]);
  }
  await engine.start(far);
  await until(harness, "all", () => far.delivered.length === 1_020);
  const ids = far.delivered.filter((id) => !id.startsWith("b"));
  expect(ids).toEqual(Array.from({ length: 1_000 }, (_, index) => `${index}`));
});

test("a damaged row becomes a dead letter, a missing one is reported, the others go on", async () => {
  const first = await harness.open();
  await first.append(letters(harness, "a", 4));
  harness.database.db.exec("UPDATE queue_envelope SET data = '{' WHERE seq = 2");
  await harness.kill();
  const engine = await harness.open();
  harness.database.db.exec("DELETE FROM queue_envelope WHERE seq = 3");
  await engine.start(far);
  await until(harness, "the others", () => far.delivered.length === 2);
  await harness.settle();
  expect(far.delivered).toEqual(["a0", "a3"]);
  expect(engine.stats()).toMatchObject({ waiting: 0, dead: 1 });
  expect(await engine.dead(1)).toMatchObject([{ envelope: { id: "damaged-2" } }]);
  expect(harness.logged.join("\n")).toMatch(/gone from the file.*\n.*damaged/);
});

test("an idle engine has one timer, and a stopped one none", async () => {
  const engine = await harness.open();
  await engine.start(far);
  expect(harness.clock.alarms).toBe(1);
  far.answer = () => [{ state: "hold", reason: "off" }];
  for (let lane = 0; lane < 50; lane += 1)
    await engine.append([letter(harness, `${lane}`, `${laneA}${lane}`)]);
  await harness.settle();
  expect(engine.stats().held).toBe(50);
  expect(harness.clock.alarms).toBe(2);
  await engine.stop(0);
  expect(harness.clock.alarms).toBe(0);
});
