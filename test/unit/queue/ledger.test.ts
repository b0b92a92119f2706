import { DatabaseSync } from "node:sqlite";
import { afterEach, beforeEach, expect, test } from "vitest";
import { ledgerMost, pruneKeys, pruneRows } from "../../../src/queue/embedded/bounds.ts";
import { Ledger } from "../../../src/queue/embedded/ledger.ts";
import { queueMigrations } from "../../../src/queue/embedded/schema.ts";

const age = 1_000;
let db: DatabaseSync;
let ledger: Ledger;
beforeEach(() => {
  db = new DatabaseSync(":memory:");
  for (const step of queueMigrations.steps) db.exec(step);
  ledger = new Ledger(db, age);
});
afterEach(() => db.close());

function size(): number {
  return Number(db.prepare("SELECT count(*) AS n FROM queue_ledger").get()?.n);
}

test("a key is known in its own lane, and until it is too old", () => {
  expect(ledger.enter("a", "key", 0)).toBe(true);
  expect(ledger.enter("a", "key", 500)).toBe(false);
  expect(ledger.enter("b", "key", 500)).toBe(true);
  ledger.prune(age + 1);
  expect(ledger.enter("a", "key", age + 1)).toBe(true);
  expect(ledger.enter("b", "key", age + 1)).toBe(false);
});

test("pruning keeps up with what comes in, a bounded number of rows at a time", () => {
  expect(pruneRows).toBeGreaterThan(pruneKeys);
  for (let key = 0; key < pruneKeys * 8; key += 1)
    ledger.enter("a", `${key}`, key < pruneKeys * 4 ? 0 : age + 1);
  expect(size()).toBeLessThanOrEqual(pruneKeys * 4);
});

test("there are never more keys than the bound, whatever their age", () => {
  db.prepare("INSERT INTO queue_ledger (n, key, at) VALUES (?, ?, ?)").run(1, Buffer.from("old"), 0);
  db.prepare("INSERT INTO queue_ledger (n, key, at) VALUES (?, ?, ?)").run(
    ledgerMost + 1,
    Buffer.from("new"),
    0,
  );
  ledger.prune(0);
  expect(size()).toBe(1);
});
