import type { Database } from "../sqlite/database.ts";
import { SqliteArchive } from "./archive.ts";
import { SqliteOccupancies } from "./occupancies.ts";
import { archiveRows } from "./places.ts";
import { type ArchiveLimits, Pruning } from "./prune.ts";
import { Rooms } from "./rooms.ts";
import { Sequence } from "./sequence.ts";
import type { Store } from "./store.ts";

export { storeMigrations } from "./migrations.ts";

/** What the store is given. */
export interface StoreOptions {
  readonly archive: ArchiveLimits;
  /** Makes the archive's XEP-0359 ids. */
  readonly ids: () => string;
  /** Milliseconds since 1970. */
  readonly clock: { now(): number };
}

/** The store on an open database, whose migrations have to contain {@link storeMigrations}. */
export function createStore(database: Database, options: StoreOptions): Store {
  const now = () => options.clock.now();
  const rooms = new Rooms(database);
  const rows = archiveRows(database);
  const pruning = new Pruning(database, rooms, rows, options.archive, now);
  const sequence = new Sequence(database);
  return {
    archive: new SqliteArchive(database, { rooms, sequence, pruning, rows, ids: options.ids, now }),
    occupancies: new SqliteOccupancies(database, rooms),
  };
}
