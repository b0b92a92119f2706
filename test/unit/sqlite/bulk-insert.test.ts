import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { BulkInsert } from "../../../src/sqlite/bulk-insert.ts";
import { type Database, StorageError } from "../../../src/sqlite/database.ts";
import { openDatabase } from "../../../src/sqlite/group-commit.ts";

const table = {
  owner: "notes",
  steps: ["CREATE TABLE note (n INTEGER PRIMARY KEY, text TEXT NOT NULL CHECK (text <> 'bad'))"],
};
let folder: string;
let database: Database;
let notes: BulkInsert;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "isthmus-bulk-"));
  database = openDatabase(join(folder, "data.sqlite"), [table]);
  notes = new BulkInsert(database, "note (n, text)", "(? + 1, ?)");
});
afterEach(() => {
  database.close();
  rmSync(folder, { recursive: true, force: true });
});

function add(first: number, count: number, text = "good"): Promise<void> {
  return database.write(() => {
    for (let n = first; n < first + count; n += 1) notes.add(n, `${text}`);
  });
}
function stored(): number[] {
  return database.db
    .prepare("SELECT n FROM note ORDER BY n")
    .all()
    .map((row) => Number(row.n));
}

test.for([0, 1, 7, 8, 9, 31, 32, 33, 75, 200])("%d rows are all there after the commit", async (count) => {
  await add(0, count);
  expect(notes.waiting).toBe(0);
  expect(stored()).toEqual(Array.from({ length: count }, (_, index) => index + 1));
});

test("a few rows at most wait in memory, and flushing shows them within the turn", async () => {
  const durable = add(0, 40);
  expect(notes.waiting).toBe(8);
  expect(stored()).toHaveLength(32);
  notes.flush();
  expect(notes.waiting).toBe(0);
  expect(stored()).toHaveLength(40);
  await durable;
  expect(stored()).toHaveLength(40);
});

test("a turn that is taken back takes what waits along", async () => {
  const lost = add(0, 40);
  const failed = database.write(() => {
    throw new Error("not ours");
  });
  await expect(lost).rejects.toBeInstanceOf(StorageError);
  await expect(failed).rejects.toBeInstanceOf(StorageError);
  expect(notes.waiting).toBe(0);
  await add(100, 3);
  expect(stored()).toEqual([101, 102, 103]);
});

test.for([1, 8, 20, 32])(
  "a bad row among %d takes its turn back, at the latest before the commit",
  async (count) => {
    await add(0, 1);
    let reason = "";
    database.onRollback((error) => {
      reason = error.message;
    });
    const before = add(1, count - 1);
    const bad = add(count, 1, "bad");
    await expect(bad).rejects.toThrow(/CHECK constraint failed/);
    if (count > 1) await expect(before).rejects.toBeInstanceOf(StorageError);
    expect(reason).toMatch(/CHECK constraint failed/);
    await add(100, 1);
    expect(stored()).toEqual([1, 101]);
  },
);

test("a flush that fails takes the turn back", async () => {
  const bad = add(0, 1, "bad");
  notes.flush();
  await expect(bad).rejects.toThrow(/CHECK constraint failed/);
  expect(stored()).toEqual([]);
  await add(0, 1);
  expect(stored()).toEqual([1]);
});

test("what waits when the file is closed is committed", async () => {
  void add(0, 5);
  database.close();
  database = openDatabase(join(folder, "data.sqlite"), [table]);
  expect(stored()).toHaveLength(5);
});
