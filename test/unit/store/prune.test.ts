import { afterEach, expect, test } from "vitest";
import { PRUNE_ROOMS, PRUNE_ROWS } from "../../../src/store/prune.ts";
import { component, type Opened, openStore, room, rows, START, said, texts } from "./opened.ts";

const DAY = 86_400_000;
let opened: Opened;
afterEach(() => opened.close());

function record(text: string, more = {}): void {
  opened.store.archive.record(said(text, { at: opened.clock.time, ...more }), "romeo");
}
function countRooms(): unknown {
  return opened.database.db.prepare("SELECT count(*) AS n FROM room").get()?.n;
}

test("what is past its age goes, the rest stays", () => {
  opened = openStore({ maxAge: DAY, maxPerRoom: 100 });
  record("old");
  record("old too");
  opened.clock.time += DAY;
  record("young");
  expect(opened.store.archive.prune()).toBe(0);
  opened.clock.time += 1;
  expect(opened.store.archive.prune()).toBe(2);
  expect(texts(opened.store)).toEqual(["young"]);
  expect(opened.store.archive.prune()).toBe(0);
});

test("each room keeps its newest", () => {
  opened = openStore({ maxAge: DAY, maxPerRoom: 3 });
  for (let i = 0; i < 5; i++) record(`m${i}`);
  record("other", { conversation: "#other" });
  expect(opened.store.archive.prune()).toBe(2);
  expect(texts(opened.store)).toEqual(["m2", "m3", "m4"]);
  record("m5");
  expect(opened.store.archive.prune()).toBe(1);
  expect(texts(opened.store)).toEqual(["m3", "m4", "m5"]);
  expect(texts(opened.store, "#other")).toEqual(["other"]);
});

test("a restart counts again", async () => {
  opened = openStore({ maxAge: DAY, maxPerRoom: 3 });
  for (let i = 0; i < 5; i++) record(`m${i}`);
  await opened.database.flushed();
  opened = opened.reopen();
  record("m5");
  expect(opened.store.archive.prune()).toBe(3);
  expect(texts(opened.store)).toEqual(["m3", "m4", "m5"]);
});

test("one call does a bounded amount of work, and the next goes on", () => {
  opened = openStore({ maxAge: DAY, maxPerRoom: 1 });
  for (let i = 0; i < 2 * PRUNE_ROWS + 11; i++) record("x");
  record("x", { conversation: "#other" });
  record("y", { conversation: "#other" });
  expect([1, 2, 3, 4].map(() => opened.store.archive.prune())).toEqual([PRUNE_ROWS, PRUNE_ROWS, 11, 0]);
  expect(texts(opened.store)).toEqual(["x"]);
  expect(texts(opened.store, "#other")).toEqual(["y"]);
});

test("every room gets its turn", () => {
  opened = openStore({ maxAge: DAY, maxPerRoom: 100 });
  const number = 3 * PRUNE_ROOMS + 1;
  for (let i = 0; i < number; i++) record("x", { conversation: `#room${i}` });
  opened.clock.time += 2 * DAY;
  const removed = Array.from({ length: 4 }, () => opened.store.archive.prune());
  expect(removed).toEqual([PRUNE_ROOMS, PRUNE_ROOMS, PRUNE_ROOMS, 1]);
  expect(rows(opened)).toBe(0);
  expect(countRooms()).toBe(0);
});

test("an empty room goes with its marks, but not while somebody watches it", async () => {
  opened = openStore({ maxAge: DAY, maxPerRoom: 100 });
  const { archive, occupancies } = opened.store;
  const mark = { component, user: "romeo@example.org", conversation: room };
  archive.watch(component, room, "romeo");
  record("old");
  occupancies.setMark(mark, 1);
  await Promise.resolve();
  opened.clock.time += 2 * DAY;
  expect(archive.prune()).toBe(1);
  expect(occupancies.mark(mark)).toBe(1);
  archive.unwatch(component, room, "romeo");
  archive.prune();
  expect(occupancies.mark(mark)).toBeUndefined();
  expect(countRooms()).toBe(0);
  record("new");
  expect(texts(opened.store)).toEqual(["new"]);
});

test("a room whose removal is taken back is there as before", async () => {
  opened = openStore({ maxAge: DAY, maxPerRoom: 100 });
  record("old");
  await opened.database.flushed();
  opened.clock.time += 2 * DAY;
  expect(opened.store.archive.prune()).toBe(1);
  await expect(
    opened.database.write(() => {
      throw new Error("disk full");
    }),
  ).rejects.toThrow("disk full");
  record("new");
  expect(texts(opened.store)).toEqual(["old", "new"]);
  expect(opened.store.archive.prune()).toBe(1);
  expect(opened.store.archive.history(component, room, { since: START })).toHaveLength(1);
});
