import { StorageError } from "./database.ts";

/** SQLite's primary result codes (sqlite.org/rescode.html) that an operator can do something about. */
const meanings: Readonly<Record<number, string>> = {
  5: "another process keeps it locked: end that process",
  8: "it is read-only: check the owner and mode of the file and its folder",
  10: "the disk reports an error: check the disk",
  11: "it is damaged: restore it from a backup",
  13: "the disk is full: make room",
  14: "it cannot be opened: check that the folder exists and may be written",
  26: "it is not a database: move it away or name another data_dir",
};

/** What went wrong with the database file, in one line, with the cure where there is one. */
export function storageError(file: string, cause: unknown): StorageError {
  if (cause instanceof StorageError) return cause;
  const code = resultCode(cause);
  const meaning = meanings[code];
  const why = meaning ?? (cause instanceof Error ? cause.message : String(cause));
  return new StorageError(`${file} could not be written: ${why}`, { cause, full: code === 13 });
}

/** The disk failed to keep what it had taken; in one line, with the cure. */
export function syncError(file: string, cause: unknown): StorageError {
  const why = cause instanceof Error ? cause.message : String(cause);
  const what = `the disk failed to keep what was written to ${file} (${why})`;
  return new StorageError(`${what}: check the disk, then start again`, { cause });
}

/** SQLite's primary result code of an error that node:sqlite threw; 0 for any other error. */
export function resultCode(cause: unknown): number {
  if (typeof cause !== "object" || cause === null || !("errcode" in cause)) return 0;
  return typeof cause.errcode === "number" ? cause.errcode & 0xff : 0;
}
