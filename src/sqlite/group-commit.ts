import { DatabaseSync, type StatementSync } from "node:sqlite";
import { UserError } from "../domain/errors.ts";
import { type Database, StorageError } from "./database.ts";
import { createPrivate, type FileLock, lockFile } from "./lock.ts";
import { type Migration, migrate } from "./migrations.ts";
import { storageError } from "./storage-error.ts";

export type { Migration } from "./migrations.ts";

/** How long a write waits for another process (`isthmus queue`) that is writing, milliseconds. */
const busyTimeout = 2_000;
/** Pages of the write-ahead log before it is copied into the file: 16 MB. */
const checkpointPages = 4_000;
/** The log is cut back to this size after it has grown, bytes. */
const logSize = 64 * 1024 * 1024;

/**
 * Opens a data file for this process alone, makes it (mode 0600) where there is none, and brings its
 * tables up to date. Throws UserError, one line with the cure, where another gateway runs on the
 * file or it cannot be used.
 */
export function openDatabase(file: string, migrations: readonly Migration[]): Database {
  createPrivate(file);
  const lock = lockFile(file);
  try {
    const db = new DatabaseSync(file, { timeout: busyTimeout, enableForeignKeyConstraints: true });
    try {
      configure(db);
      migrate(db, file, migrations);
      return new GroupCommit(file, db, lock);
    } catch (error) {
      db.close();
      throw error;
    }
  } catch (error) {
    lock.release();
    throw error instanceof UserError ? error : new UserError(storageError(file, error).message);
  }
}

function configure(db: DatabaseSync): void {
  db.exec(`
    PRAGMA journal_mode = WAL;
    PRAGMA synchronous = FULL;
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

class GroupCommit implements Database {
  readonly db: DatabaseSync;
  readonly #file: string;
  readonly #lock: FileLock;
  readonly #begin: StatementSync;
  readonly #commit: StatementSync;
  readonly #rollback: StatementSync;
  readonly #commitListeners: (() => void)[] = [];
  readonly #rollbackListeners: ((error: StorageError) => void)[] = [];
  #turn: Turn | undefined;
  #depth = 0;
  #closed = false;

  constructor(file: string, db: DatabaseSync, lock: FileLock) {
    this.#file = file;
    this.db = db;
    this.#lock = lock;
    // IMMEDIATE: a transaction that reads first could not become a writer after another's commit.
    this.#begin = db.prepare("BEGIN IMMEDIATE");
    this.#commit = db.prepare("COMMIT");
    this.#rollback = db.prepare("ROLLBACK");
  }

  write(write: () => void): Promise<void> {
    if (this.#closed) return refused(new StorageError(`${this.#file} is closed`));
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
    return this.#turn?.promise ?? Promise.resolve();
  }

  onCommit(listener: () => void): void {
    this.#commitListeners.push(listener);
  }

  onRollback(listener: (error: StorageError) => void): void {
    this.#rollbackListeners.push(listener);
  }

  close(): void {
    if (this.#closed) return;
    this.#endTurn();
    this.#closed = true;
    this.#undoTurn(new StorageError(`${this.#file} is closed`));
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
    if (turn === undefined) return;
    try {
      this.#commit.run();
    } catch (cause) {
      this.#undoTurn(storageError(this.#file, cause));
      return;
    }
    this.#turn = undefined;
    for (const listener of this.#commitListeners) listener();
    turn.resolve();
  };

  #undoTurn(error: StorageError): void {
    const turn = this.#turn;
    if (turn === undefined) return;
    this.#turn = undefined;
    // SQLite has rolled back by itself after some errors (sqlite.org/lang_transaction.html §3).
    if (this.db.isTransaction) this.#rollback.run();
    if (error.full) this.#reuseLog();
    for (const listener of this.#rollbackListeners) listener(error);
    turn.reject(error);
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
