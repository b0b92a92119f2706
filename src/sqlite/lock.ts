import { closeSync, openSync } from "node:fs";
import { DatabaseSync } from "node:sqlite";
import { UserError } from "../domain/errors.ts";
import { resultCode } from "./storage-error.ts";

/**
 * One process at a time may run on a data file. The lock is an exclusive transaction on a side file
 * of its own: the operating system drops it when the process dies, however it dies, and the data
 * file itself stays open to `isthmus queue`.
 */
export interface FileLock {
  release(): void;
}

const busy = 5;

/** Takes the lock of a data file for the life of this process. Throws UserError where another has it. */
export function lockFile(file: string): FileLock {
  const held = tryLock(file);
  if (held === undefined) {
    throw new UserError(
      `${file} is in use by another running gateway: stop that one, or give this one a data_dir of its own`,
    );
  }
  return held;
}

/** Whether a gateway is running on this data file now. */
export function isLocked(file: string): boolean {
  const held = tryLock(file);
  held?.release();
  return held === undefined;
}

function tryLock(file: string): FileLock | undefined {
  const lock = `${file}.lock`;
  createPrivate(lock);
  const db = new DatabaseSync(lock, { timeout: 0 });
  try {
    db.exec("BEGIN EXCLUSIVE");
  } catch (cause) {
    db.close();
    if (resultCode(cause) === busy) return undefined;
    throw new UserError(`${lock} cannot be locked: ${cause instanceof Error ? cause.message : cause}`);
  }
  return { release: () => db.close() };
}

/**
 * Makes an empty file that only its owner can read, where there is none. A file that exists is not
 * even opened: closing it again would drop the locks that this process has on it (fcntl(2)).
 */
export function createPrivate(file: string): void {
  try {
    closeSync(openSync(file, "wx", 0o600));
  } catch (cause) {
    if (cause instanceof Error && "code" in cause && cause.code === "EEXIST") return;
    const why = cause instanceof Error ? cause.message : String(cause);
    throw new UserError(`${file} cannot be made: ${why}; check that the folder exists and may be written`);
  }
}
