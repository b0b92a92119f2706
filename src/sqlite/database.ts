import type { DatabaseSync } from "node:sqlite";

/**
 * One SQLite file with group commit: every write of one turn of the event loop goes into one
 * transaction, so that durability costs one fsync for all of them. The embedded engine and the
 * store share it, so that a message and its archived copy are one commit.
 */
export interface Database {
  /** For statements prepared once, and for reads. A read sees writes that are not yet committed. */
  readonly db: DatabaseSync;
  /**
   * Runs `write` inside this turn's transaction, at once; the promise settles when it is durable.
   * Where the commit fails (disk full), everything of the turn is rolled back, every promise of the
   * turn rejects with StorageError, and `onRollback` listeners run first.
   */
  write(write: () => void): Promise<void>;
  /** Resolves when all that was written before is durable; rejects where that or an earlier turn failed on the disk. */
  flushed(): Promise<void>;
  /**
   * Runs inside each turn's transaction as the last of its writes. One that throws takes the turn back, as a
   * write does.
   */
  beforeCommit(listener: () => void): void;
  /**
   * Runs at once after each commit; what it returns, if anything, runs when that commit is on disk, before the
   * turn's promises resolve. Other turns may have begun meanwhile, and another may begin in it.
   */
  onCommit(listener: () => (() => void) | undefined): void;
  /** Memory that mirrors the tables has to be read again. */
  onRollback(listener: (error: StorageError) => void): void;
  /**
   * The disk failed to keep a commit, and nobody knows what of it is there: the turn's promises and those of the
   * turn that was open have rejected, `onRollback` listeners ran, and every later write rejects. What was refused
   * may be in the file all the same. Only a new process can go on.
   */
  onBroken(listener: (error: StorageError) => void): void;
  /** Commits what is open and closes the file; every later write rejects. */
  close(): void;
}

/** The disk did not take it: full, read-only or failing. The message says which. */
export class StorageError extends Error {
  override readonly name = "StorageError";
  /** The disk is full, and nothing worse. */
  readonly full: boolean;

  constructor(message: string, detail: { readonly cause?: unknown; readonly full?: boolean } = {}) {
    super(message, detail.cause === undefined ? undefined : { cause: detail.cause });
    this.full = detail.full ?? false;
  }
}
