import type { DatabaseSync } from "node:sqlite";
import { UserError } from "../domain/errors.ts";

/** The tables of one part of the program. */
export interface Migration {
  /** Who owns these tables: "queue", "store". Each owner's version counts by itself. */
  readonly owner: string;
  /** SQL, each run once and in this order. Steps are only ever added at the end. */
  readonly steps: readonly string[];
}

/**
 * Brings every owner's tables to the newest version, in one transaction: a file is never half
 * migrated. Throws UserError for a file of a newer version than this program knows.
 */
export function migrate(db: DatabaseSync, file: string, migrations: readonly Migration[]): void {
  db.exec("BEGIN IMMEDIATE");
  try {
    db.exec(
      "CREATE TABLE IF NOT EXISTS migration (owner TEXT PRIMARY KEY, version INTEGER NOT NULL) WITHOUT ROWID",
    );
    for (const migration of migrations) migrateOwner(db, file, migration);
    db.exec("COMMIT");
  } catch (error) {
    if (db.isTransaction) db.exec("ROLLBACK");
    throw error;
  }
}

function migrateOwner(db: DatabaseSync, file: string, { owner, steps }: Migration): void {
  const row = db.prepare("SELECT version FROM migration WHERE owner = ?").get(owner);
  const version = typeof row?.version === "number" ? row.version : 0;
  if (version > steps.length) {
    throw new UserError(
      `${file} was written by a newer version (${owner} ${version}, this one knows ${steps.length}): upgrade, or restore the backup made before`,
    );
  }
  for (const step of steps.slice(version)) db.exec(step);
  db.prepare("INSERT OR REPLACE INTO migration (owner, version) VALUES (?, ?)").run(owner, steps.length);
}
