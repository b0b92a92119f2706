import { BulkInsert } from "../sqlite/bulk-insert.ts";
import type { Database } from "../sqlite/database.ts";

/**
 * A message's place in the archive's table is one 64-bit integer: its room's id, then its sequence in 40
 * bits. So a room's messages lie together in a table with integer keys, the fastest SQLite has. Made
 * and taken apart by SQL alone, for it is more than a JavaScript number holds.
 */
const sequenceBits = 40;

/** The greatest sequence: a million million, 30 years of 1,000 messages a second. */
export const SEQUENCES = 2 ** sequenceBits - 1;

/** SQL for the place of a room's id and a sequence. */
export function placeOf(room: string, sequence: string): string {
  return `(${room} << ${sequenceBits} | ${sequence})`;
}

/** SQL that is true for the places of a room. */
export function ofRoom(room: string): string {
  return `place BETWEEN ${placeOf(room, "0")} AND ${placeOf(room, `${SEQUENCES}`)}`;
}

/** Inserts messages: room, sequence, at, id, nick, text, manner. */
export function archiveRows(database: Database): BulkInsert {
  return new BulkInsert(
    database,
    "archive (place, at, id, nick, text, manner)",
    `(${placeOf("?", "?")}, ?, ?, ?, ?, ?)`,
  );
}
