import type { StatementSync } from "node:sqlite";
import type { BulkInsert } from "../sqlite/bulk-insert.ts";
import type { Database } from "../sqlite/database.ts";
import { ofRoom, placeOf } from "./places.ts";
import type { Room, Rooms } from "./rooms.ts";

/** Most messages removed in one call. */
export const PRUNE_ROWS = 1_000;
/** Most rooms looked at in one call. */
export const PRUNE_ROOMS = 16;

/** What the archive keeps. */
export interface ArchiveLimits {
  /** Milliseconds. */
  readonly maxAge: number;
  readonly maxPerRoom: number;
}

/** Removes what is past age or number, room by room, a little in each call. */
export class Pruning {
  readonly #database: Database;
  readonly #rooms: Rooms;
  readonly #rows: BulkInsert;
  readonly #limits: ArchiveLimits;
  readonly #now: () => number;
  readonly #statements: ReturnType<typeof prepare>;
  /** The room that was looked at last. */
  #cursor = 0;

  constructor(database: Database, rooms: Rooms, rows: BulkInsert, limits: ArchiveLimits, now: () => number) {
    this.#database = database;
    this.#rows = rows;
    this.#rooms = rooms;
    this.#limits = limits;
    this.#now = now;
    this.#statements = prepare(database);
  }

  /** One call's work; how many messages it removed. */
  run(): number {
    let removed = 0;
    this.#database.write(() => {
      this.#rows.flush();
      removed = this.#look();
    });
    return removed;
  }

  #look(): number {
    let left = PRUNE_ROWS;
    const rows = this.#statements.rooms.all(this.#cursor, PRUNE_ROOMS);
    for (const row of rows) {
      const id = Number(row.id);
      const room = this.#rooms.get(String(row.component), String(row.conversation));
      left -= this.#shorten(room, id, left);
      // Where the work of one call ends, the next one goes on in the same room.
      this.#cursor = left === 0 ? id - 1 : id;
      if (left === 0) return PRUNE_ROWS;
    }
    if (rows.length < PRUNE_ROOMS) this.#cursor = 0;
    return PRUNE_ROWS - left;
  }

  #shorten(room: Room, id: number, most: number): number {
    const now = this.#now();
    room.copies?.expire(now);
    room.count ??= Number(this.#statements.count.get(id)?.count);
    const tooMany = Math.max(room.count - this.#limits.maxPerRoom, 0);
    const number = Math.max(this.#tooOld(id, now - this.#limits.maxAge, most), Math.min(tooMany, most));
    if (number > 0) {
      this.#statements.remove.run(id, number - 1);
      room.count -= number;
    }
    if (room.count === 0 && room.watchers.size === 0) this.#drop(room, id);
    return number;
  }

  /** How many of the room's oldest messages, at most `most`, lie before `from`. */
  #tooOld(id: number, from: number, most: number): number {
    const oldest = this.#statements.oldest.get(id);
    if (oldest === undefined || Number(oldest.at) >= from) return 0;
    const rows = this.#statements.ages.all(id, most);
    const kept = rows.findIndex((row) => Number(row.at) >= from);
    return kept < 0 ? rows.length : kept;
  }

  #drop(room: Room, id: number): void {
    this.#statements.dropMarks.run(id);
    this.#statements.dropRoom.run(id);
    room.id = 0;
  }
}

function prepare(
  database: Database,
): Record<"rooms" | "count" | "oldest" | "ages" | "remove" | "dropMarks" | "dropRoom", StatementSync> {
  const { db } = database;
  return {
    rooms: db.prepare("SELECT id, component, conversation FROM room WHERE id > ? ORDER BY id LIMIT ?"),
    count: db.prepare(`SELECT count(*) AS count FROM archive WHERE ${ofRoom("?1")}`),
    oldest: db.prepare(`SELECT at FROM archive WHERE ${ofRoom("?1")} ORDER BY place LIMIT 1`),
    ages: db.prepare(`SELECT at FROM archive WHERE ${ofRoom("?1")} ORDER BY place LIMIT ?2`),
    remove: db.prepare(`
      DELETE FROM archive WHERE place >= ${placeOf("?1", "0")} AND place <=
        (SELECT place FROM archive WHERE ${ofRoom("?1")} ORDER BY place LIMIT 1 OFFSET ?2)`),
    dropMarks: db.prepare("DELETE FROM mark WHERE room = ?"),
    dropRoom: db.prepare("DELETE FROM room WHERE id = ?"),
  };
}
