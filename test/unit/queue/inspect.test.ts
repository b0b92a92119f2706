import { writeFileSync } from "node:fs";
import { afterEach, beforeEach, expect, test } from "vitest";
import {
  dropDead,
  findEnvelope,
  type Inspection,
  listDead,
  listLanes,
  openForInspection,
  retryDead,
} from "../../../src/queue/inspect.ts";
import { EmbeddedHarness } from "../../contract/engine-embedded-harness.ts";
import { allDone, Far, laneA, laneB, letter, letters, until } from "../../contract/engine-harness.ts";

let harness: EmbeddedHarness;
let far: Far;
const open: Inspection[] = [];
beforeEach(() => {
  harness = new EmbeddedHarness();
  far = new Far();
});
afterEach(async () => {
  for (const inspection of open.splice(0)) inspection.close();
  await harness.close();
});

function inspect(): Inspection {
  const inspection = openForInspection(harness.file);
  open.push(inspection);
  return inspection;
}

test("beside a running gateway: its lanes, an envelope's history, its dead letters", async () => {
  const engine = await harness.open();
  await engine.start(far);
  far.answer = (lane, batch) =>
    lane === laneA
      ? [{ state: "retry", reason: "is away" }]
      : batch.map(() => ({ state: "failed", reason: "no such nick" }));
  await engine.append([...letters(harness, "a", 2), letter(harness, "b", laneB)]);
  await harness.settle();
  const inspection = inspect();
  expect(listLanes(inspection, 10)).toEqual([
    {
      lane: laneA,
      head: "a0",
      waiting: 2,
      state: "backoff",
      attempts: 1,
      oldest: harness.now(),
      nextAt: harness.now() + 750,
      reason: "attempt 1 failed: is away",
    },
  ]);
  expect(findEnvelope(inspection, "a0")).toMatchObject({
    state: "waiting",
    attempts: 1,
    history: [{ what: "accepted" }, { what: "attempt 1 failed: is away" }],
  });
  expect(findEnvelope(inspection, "b")?.history.at(-1)?.what).toBe("failed: no such nick");
  expect(listDead(inspection, 10)).toMatchObject([
    { reason: "no such nick", envelope: { id: "b", lane: laneB } },
  ]);
  expect(findEnvelope(inspection, 'x" OR 1')).toBeUndefined();
});

test("a dead letter retried beside a running gateway is put back within a second", async () => {
  const engine = await harness.open();
  await engine.start(far);
  far.answer = (_lane, batch) => batch.map(() => ({ state: "failed", reason: "no such nick" }));
  await engine.append(letters(harness, "a", 2));
  await harness.settle();
  far.answer = allDone;
  const inspection = inspect();
  expect(retryDead(inspection, "unknown", 0)).toBe(false);
  expect(retryDead(inspection, "a0", harness.now() + 60_000)).toBe(true);
  expect(dropDead(inspection, "a1")).toBe(true);
  expect(dropDead(inspection, "a1")).toBe(false);
  expect(listDead(inspection, 10)).toEqual([]);
  await harness.pass(1_100);
  await until(harness, "its delivery", () => far.delivered.includes("a0"));
  await harness.settle();
  expect(far.delivered).toEqual(["a0"]);
  expect(engine.stats()).toMatchObject({ waiting: 0, dead: 0 });
});

test("a dead letter retried while no gateway runs is put back when one starts", async () => {
  const engine = await harness.open();
  await engine.start(far);
  far.answer = () => [{ state: "failed", reason: "no such nick" }];
  await engine.append([letter(harness, "a")]);
  await harness.settle();
  await engine.stop(0);
  harness.database.close();
  expect(retryDead(inspect(), "a", harness.now() + 60_000)).toBe(true);
  far.answer = allDone;
  const next = await harness.open();
  await next.start(far);
  await until(harness, "its delivery", () => far.delivered.includes("a"));
  expect(next.stats().dead).toBe(0);
});

test("a file that is not there, or no data file, is refused in words", () => {
  expect(() => openForInspection(harness.file)).toThrow(/does not exist: name the data_dir/);
});

test("a file that is no data file is refused in words", async () => {
  const engine = await harness.open();
  await engine.stop(0);
  harness.database.close();
  writeFileSync(harness.file, "no database, but long enough to be taken for one".repeat(100));
  expect(() => openForInspection(harness.file)).toThrow(/is not a gateway's data file/);
});
