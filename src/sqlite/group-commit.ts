import { closeSync, fdatasync, fdatasyncSync, openSync } from "node:fs";
import { DatabaseSync, type StatementSync } from "node:sqlite";
import { UserError } from "../domain/errors.ts";
import { type Database, StorageError } from "./database.ts";
import { createPrivate, type FileLock, lockFile } from "./lock.ts";
import { type Migration, migrate } from "./migrations.ts";
import { storageError, syncError } from "./storage-error.ts";

export type { Migration } from "./migrations.ts";

/** How long a write waits for another process (`isthmus queue`) that is writing, milliseconds. */
const busyTimeout = 2_000;
/** Pages of the write-ahead log before it is copied into the file: 16 MB. */
const checkpointPages = 1_000;
/** Bytes. Rows come at the right edge of few tables: in larger pages a commit writes each less often. */
const pageSize = 16_384;
/** The log is cut back to this size after it has grown, bytes. */
const logSize = 64 * 1024 * 1024;

/** Puts a file on disk, as fdatasync(2), and says then whether that failed. */
export type Sync = (fd: number, done: (error: Error | null) => void) => void;

/**
 * Opens a data file for this process alone, makes it (mode 0600) where there is none, and brings its
 * tables up to date. Throws UserError, one line with the cure, where another gateway runs on the
 * file or it cannot be used. `sync` puts the log on disk.
 */
export function openDatabase(
  file: string,
  migrations: readonly Migration[],
  sync: Sync = fdatasync,
): Database {
  createPrivate(file);
  const lock = lockFile(file);
  try {
    const db = new DatabaseSync(file, { timeout: busyTimeout, enableForeignKeyConstraints: true });
    try {
      configure(db);
      migrate(db, file, migrations);
      return new GroupCommit(file, db, lock, sync);
    } catch (error) {
      db.close();
      throw error;
    }
  } catch (error) {
    lock.release();
    throw error instanceof UserError ? error : new UserError(storageError(file, error).message);
  }
}

/**
 * NORMAL: SQLite writes a commit to the log and leaves it to us to put the log on disk, in another
 * thread (`#sync`); FULL would stop the event loop for it. It still orders what a checkpoint writes
 * by its own (sqlite.org/pragma.html#pragma_synchronous), so that a power cut damages nothing.
 */
function configure(db: DatabaseSync): void {
  db.exec(`
    PRAGMA page_size = ${pageSize};
    PRAGMA journal_mode = WAL;
    PRAGMA synchronous = NORMAL;
    PRAGMA wal_autocheckpoint = ${checkpointPages};
    PRAGMA journal_size_limit = ${logSize};
    PRAGMA cache_size = -8000;
    PRAGMA temp_store = MEMORY;
  `);
}

/** One turn of the event loop: all of its writes are one transaction and share one promise. */
interface Turn {
  readonly promise: Promise<void>;
  readonly resolve: () => void;
  readonly reject: (error: StorageError) => void;
}

/** A turn that is committed but perhaps not on disk yet, and who waits for that. */
interface Committed {
  readonly turn: Turn;
  readonly listeners: readonly ((() => void) | undefined)[];
}

class GroupCommit implements Database {
  readonly db: DatabaseSync;
  readonly #file: string;
  readonly #lock: FileLock;
  readonly #syncLog: Sync;
  readonly #begin: StatementSync;
  readonly #commit: StatementSync;
  readonly #rollback: StatementSync;
  readonly #lastWrites: (() => void)[] = [];
  readonly #commitListeners: (() => (() => void) | undefined)[] = [];
  readonly #rollbackListeners: ((error: StorageError) => void)[] = [];
  readonly #brokenListeners: ((error: StorageError) => void)[] = [];
  #turn: Turn | undefined;
  /** Committed, and on its way to the disk. The next turn goes on until it is there, and is one commit. */
  #syncing: Committed | undefined;
  /** The log's file, open before the first commit: a commit that could not be synced would be there, but refused. */
  readonly #log: number;
  /**
   * The disk failed to take the log: nobody knows what is there until the file is opened again. Another
   * sync would say nothing, for the error is reported only once (fsync(2)).
   */
  #broken: StorageError | undefined;
  #depth = 0;
  #closed = false;

  constructor(file: string, db: DatabaseSync, lock: FileLock, sync: Sync) {
    this.#file = file;
    this.db = db;
    this.#lock = lock;
    this.#syncLog = sync;
    // IMMEDIATE: a transaction that reads first could not become a writer after another's commit.
    this.#begin = db.prepare("BEGIN IMMEDIATE");
    this.#commit = db.prepare("COMMIT");
    this.#rollback = db.prepare("ROLLBACK");
    // A transaction, even one of nothing, makes the log's file where there is none.
    this.#begin.run();
    this.#commit.run();
    this.#log = openSync(`${file}-wal`, "r+");
  }

  write(write: () => void): Promise<void> {
    if (this.#closed) return refused(new StorageError(`${this.#file} is closed`));
    if (this.#broken !== undefined) return refused(this.#broken);
    if (this.#turn === undefined) {
      try {
        this.#begin.run();
      } catch (cause) {
        return refused(storageError(this.#file, cause));
      }
      this.#turn = newTurn();
      setImmediate(this.#endTurn);
    }
    const { promise } = this.#turn;
    this.#run(write);
    return promise;
  }

  flushed(): Promise<void> {
    if (this.#broken !== undefined) return refused(this.#broken);
    return this.#turn?.promise ?? this.#syncing?.turn.promise ?? Promise.resolve();
  }

  beforeCommit(listener: () => void): void {
    this.#lastWrites.push(listener);
  }

  onCommit(listener: () => (() => void) | undefined): void {
    this.#commitListeners.push(listener);
  }

  onRollback(listener: (error: StorageError) => void): void {
    this.#rollbackListeners.push(listener);
  }

  onBroken(listener: (error: StorageError) => void): void {
    this.#brokenListeners.push(listener);
  }

  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    const before = this.#syncing;
    this.#syncing = undefined;
    if (before !== undefined) this.#syncNow(before);
    this.#endTurn();
    this.#undoTurn(new StorageError(`${this.#file} is closed`));
    // A sync under way in another thread still has the log's file: it is closed behind it.
    if (before === undefined) closeSync(this.#log);
    this.db.close();
    this.#lock.release();
  }

  /** A write that throws takes the whole turn back; a write around it must not go on outside a transaction. */
  #run(write: () => void): void {
    this.#depth += 1;
    try {
      write();
    } catch (cause) {
      const error = storageError(this.#file, cause);
      this.#undoTurn(error);
      if (this.#depth > 1) throw error;
    } finally {
      this.#depth -= 1;
    }
  }

  #endTurn = (): void => {
    const turn = this.#turn;
    if (turn === undefined || this.#syncing !== undefined) return;
    try {
      for (const write of this.#lastWrites) write();
      this.#commit.run();
    } catch (cause) {
      this.#undoTurn(storageError(this.#file, cause));
      return;
    }
    this.#turn = undefined;
    const committed = { turn, listeners: this.#commitListeners.map((listener) => listener()) };
    if (this.#closed) this.#syncNow(committed);
    else this.#sync(committed);
  };

  /** Puts a commit on disk while the event loop goes on. */
  #sync(committed: Committed): void {
    this.#syncing = committed;
    this.#syncLog(this.#log, (cause) => {
      if (this.#syncing !== committed) {
        closeSync(this.#log);
        return;
      }
      this.#syncing = undefined;
      if (cause !== null) {
        this.#break(committed.turn, cause);
        return;
      }
      this.#synced(committed);
      // Not at once: what else this turn of the event loop brings belongs to the same commit.
      if (this.#turn !== undefined) setImmediate(this.#endTurn);
    });
  }

  #syncNow(committed: Committed): void {
    try {
      fdatasyncSync(this.#log);
    } catch (cause) {
      this.#break(committed.turn, cause);
      return;
    }
    this.#synced(committed);
  }

  #synced({ turn, listeners }: Committed): void {
    for (const listener of listeners) listener?.();
    turn.resolve();
  }

  /** The end: the turn that was to be put on disk fails, and with it the one that is open. */
  #break(failed: Turn, cause: unknown): void {
    const error = syncError(this.#file, cause);
    this.#broken = error;
    const open = this.#turn;
    this.#turn = undefined;
    this.#takeBack(error);
    failed.reject(error);
    open?.reject(error);
    for (const listener of this.#brokenListeners) listener(error);
  }

  #undoTurn(error: StorageError): void {
    const turn = this.#turn;
    if (turn === undefined) return;
    this.#turn = undefined;
    this.#takeBack(error);
    turn.reject(error);
  }

  #takeBack(error: StorageError): void {
    // SQLite has rolled back by itself after some errors (sqlite.org/lang_transaction.html §3).
    if (this.db.isTransaction) this.#rollback.run();
    if (error.full) this.#reuseLog();
    for (const listener of this.#rollbackListeners) listener(error);
  }

  /**
   * The disk is full. Copying the log into the file lets the log be written from its start again,
   * so that what only shrinks the tables goes on (sqlite.org/wal.html §2.1, §3.2).
   */
  #reuseLog(): void {
    try {
      this.db.exec("PRAGMA wal_checkpoint(PASSIVE)");
    } catch {
      // Not even for that is there room. The caller hears of the write that failed.
    }
  }
}

function newTurn(): Turn {
  const turn = Promise.withResolvers<void>();
  // Who does not wait for the promise learns of a failure through onRollback.
  turn.promise.catch(() => {});
  return turn;
}

function refused(error: StorageError): Promise<void> {
  const promise = Promise.reject(error);
  promise.catch(() => {});
  return promise;
}
