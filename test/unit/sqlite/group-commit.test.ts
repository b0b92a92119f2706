import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, mkdtempSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { UserError } from "../../../src/domain/errors.ts";
import { type Database, StorageError } from "../../../src/sqlite/database.ts";
import { type Migration, openDatabase, type Sync } from "../../../src/sqlite/group-commit.ts";
import { isLocked } from "../../../src/sqlite/lock.ts";
import { smallDisk } from "./small-disk.ts";

const notes: Migration = { owner: "notes", steps: ["CREATE TABLE note (text TEXT NOT NULL)"] };

let folder: string;
let file: string;
const opened: Database[] = [];
let other: ChildProcess | undefined;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "isthmus-sqlite-"));
  file = join(folder, "data.sqlite");
});
afterEach(() => {
  other?.kill("SIGKILL");
  for (const database of opened.splice(0)) database.close();
  rmSync(folder, { recursive: true, force: true });
});

function open(migrations: readonly Migration[] = [notes]): Database {
  const database = openDatabase(file, migrations);
  opened.push(database);
  return database;
}
function add(database: Database, text: string): Promise<void> {
  const insert = database.db.prepare("INSERT INTO note VALUES (?)");
  return database.write(() => insert.run(text));
}
function count(database: Database): unknown {
  return database.db.prepare("SELECT count(*) AS n FROM note").get()?.n;
}

test("all writes of one turn are one transaction with one promise", async () => {
  const database = open();
  let commits = 0;
  database.onCommit(() => {
    commits += 1;
  });
  const first = add(database, "a");
  const second = add(database, "b");
  expect(second).toBe(first);
  expect(database.flushed()).toBe(first);
  await first;
  expect(commits).toBe(1);
  await add(database, "c");
  expect(commits).toBe(2);
});

test("what was written is there after closing and opening again, for its owner only to read", async () => {
  const database = open();
  await add(database, "kept");
  void add(database, "committed by close");
  database.close();
  expect(statSync(file).mode & 0o777).toBe(0o600);
  expect(count(open())).toBe(2);
});

test("a write after close rejects, and closing twice is nothing", async () => {
  const database = open();
  database.close();
  database.close();
  await expect(database.write(() => {})).rejects.toThrow(/data\.sqlite is closed/);
});

test("a write that fails takes its whole turn back and no other", async () => {
  const database = open();
  await add(database, "earlier");
  const order: string[] = [];
  database.onRollback((error) => order.push(`rollback: ${error.message}`));
  const good = add(database, "same turn");
  const bad = database.write(() => database.db.exec("INSERT INTO note VALUES (NULL)"));
  const after = add(database, "new transaction");
  expect(order).toHaveLength(1);
  expect(order[0]).toMatch(/^rollback: .*data\.sqlite could not be written: NOT NULL/);
  await expect(good).rejects.toBeInstanceOf(StorageError);
  await expect(bad).rejects.toBeInstanceOf(StorageError);
  await after;
  expect(count(database)).toBe(2);
});

test("a write inside a failed write does not go on outside the transaction", async () => {
  const database = open();
  const outer = database.write(() => {
    void database.write(() => database.db.exec("INSERT INTO note VALUES (NULL)"));
    database.db.exec("INSERT INTO note VALUES ('must not stay')");
  });
  await expect(outer).rejects.toBeInstanceOf(StorageError);
  expect(count(database)).toBe(0);
});

test("disk full: the turn is taken back, later writes succeed once there is room", async () => {
  const database = open();
  const pages = Number(database.db.prepare("PRAGMA page_count").get()?.page_count);
  database.db.exec(`PRAGMA max_page_count = ${pages + 2}`);
  const failed = add(database, "x".repeat(100_000));
  await expect(failed).rejects.toThrow(/disk is full: make room/);
  await add(database, "small still fits");
  database.db.exec("PRAGMA max_page_count = 1000000");
  await add(database, "x".repeat(100_000));
  expect(count(database)).toBe(2);
});

test("disk really full: the log is used anew, so that rewriting what is there goes on", async (context) => {
  const disk = smallDisk(context, "4m");
  const database = openDatabase(join(disk.folder, "data.sqlite"), [notes]);
  try {
    const insert = database.db.prepare("INSERT INTO note VALUES (?)");
    await database.write(() => {
      for (let row = 0; row < 100; row += 1) insert.run("a".repeat(4_000));
    });
    database.db.exec("PRAGMA wal_checkpoint(TRUNCATE)");
    disk.fill(200_000);
    const update = database.db.prepare("UPDATE note SET text = ? WHERE rowid = ?");
    let failures = 0;
    for (let round = 0; round < 300; round += 1) {
      const write = database.write(() => update.run("b".repeat(4_000), (round % 100) + 1));
      await write.catch((error: StorageError) => {
        expect(error.full).toBe(true);
        failures += 1;
      });
    }
    expect(failures).toBeGreaterThan(0);
    expect(failures).toBeLessThan(30);
  } finally {
    database.close();
    disk.remove();
  }
});

/** A disk that has not answered yet. */
function slowDisk() {
  const asked = Promise.withResolvers<Parameters<Sync>[1]>();
  let syncs = 0;
  const sync: Sync = (_fd, answer) => {
    syncs += 1;
    asked.resolve(answer);
  };
  return { sync, asked: asked.promise, syncs: () => syncs };
}
const turn = () => new Promise((resolve) => setImmediate(resolve));

test("a disk that fails to keep a commit: that turn and the open one are refused, and all that comes", async () => {
  const disk = slowDisk();
  const database = openDatabase(file, [notes], disk.sync);
  opened.push(database);
  const order: string[] = [];
  database.onCommit(() => () => order.push("durable"));
  database.onRollback(() => order.push("rollback"));
  database.onBroken((error) => order.push(`broken: ${error.message}`));
  const failed = add(database, "committed");
  const answer = await disk.asked;
  const next = add(database, "of the open turn");
  await turn();
  answer(new Error("EIO: i/o error, fdatasync"));
  const late = add(database, "afterwards");
  for (const write of [failed, next, late, database.flushed()]) {
    await expect(write).rejects.toBeInstanceOf(StorageError);
    await expect(write).rejects.toThrow(/the disk failed to keep .*data\.sqlite \(EIO.*check the disk/);
  }
  await turn();
  expect(order).toEqual(["rollback", expect.stringMatching(/^broken: the disk failed/)]);
  // Asked again, the disk would say that all is well: it reports an error once.
  expect(disk.syncs()).toBe(1);
  expect(count(database)).toBe(1);
});

test("a process that can open no file any more still commits, and says so only of what is durable", async () => {
  const module = new URL("../../../src/sqlite/group-commit.ts", import.meta.url).href;
  const program = `const { openDatabase } = await import(${JSON.stringify(module)});
    const { openSync } = await import("node:fs");
    const table = { owner: "notes", steps: ["CREATE TABLE note (text TEXT NOT NULL)"] };
    openDatabase(${JSON.stringify(file)}, [table]).close();
    const database = openDatabase(${JSON.stringify(file)}, [table]);
    let error;
    while (error === undefined) try { openSync("/dev/null"); } catch (thrown) { error = thrown; }
    const end = await database.write(() => database.db.exec("INSERT INTO note VALUES ('a')")).then(() => "kept");
    process.stdout.write(error.code + " " + end);
    process.exit(0);`;
  const shell = `ulimit -n 200 && exec "$0" --input-type=module -e "$1"`;
  const child = spawn("sh", ["-c", shell, process.execPath, program], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  other = child;
  expect(String(await once(child.stdout, "data"))).toBe("EMFILE kept");
});

test("each owner's steps run once; more can be added at the end", () => {
  const other: Migration = { owner: "other", steps: ["CREATE TABLE other (n INTEGER)"] };
  open().close();
  open([notes, other]).close();
  const grown: Migration = {
    owner: "notes",
    steps: [...notes.steps, "ALTER TABLE note ADD COLUMN at INTEGER"],
  };
  const database = open([grown, other]);
  expect(database.db.prepare("SELECT * FROM migration ORDER BY owner").all()).toEqual([
    { owner: "notes", version: 2 },
    { owner: "other", version: 1 },
  ]);
});

test("a step that fails leaves the file as it was", () => {
  const broken: Migration = { owner: "broken", steps: ["CREATE TABLE half (n INTEGER)", "NONSENSE"] };
  expect(() => open([notes, broken])).toThrow(UserError);
  const database = open([]);
  expect(database.db.prepare("SELECT name FROM sqlite_schema").all()).toEqual([{ name: "migration" }]);
});

test("a file of a newer version is refused in words", () => {
  open([{ owner: "notes", steps: [...notes.steps, "SELECT 1"] }]).close();
  expect(() => open()).toThrow(/written by a newer version \(notes 2, this one knows 1\)/);
});

test("a file that is no database, or in no folder, is refused in words", () => {
  expect(() => openDatabase("/nonexistent/data.sqlite", [])).toThrow(
    /cannot be made: .*check that the folder/,
  );
  const directory = join(folder, "directory");
  mkdirSync(directory);
  expect(() => openDatabase(directory, [])).toThrow(UserError);
});

test("a second gateway on the same file is refused, in this process and in another", async () => {
  expect(isLocked(file)).toBe(false);
  const database = open();
  expect(isLocked(file)).toBe(true);
  expect(() => open()).toThrow(/data\.sqlite is in use by another running gateway: stop that one/);
  database.close();
  expect(isLocked(file)).toBe(false);

  other = await holdElsewhere(file);
  expect(() => open()).toThrow(UserError);
  other.kill("SIGKILL");
  await once(other, "exit");
  expect(isLocked(file)).toBe(false);
  open();
});

async function holdElsewhere(held: string): Promise<ChildProcess> {
  const module = new URL("../../../src/sqlite/group-commit.ts", import.meta.url).href;
  const program = `const { openDatabase } = await import(${JSON.stringify(module)});
    globalThis.held = openDatabase(${JSON.stringify(held)}, []); console.log("held"); setInterval(() => {}, 1e6);`;
  const child = spawn(process.execPath, ["--input-type=module", "-e", program], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  await once(child.stdout, "data");
  return child;
}
