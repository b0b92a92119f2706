import type { StatementSync } from "node:sqlite";
import type { Manner } from "../domain/events.ts";
import { HISTORY_MOST, historyCount, withinChars } from "../domain/history.ts";
import type { BulkInsert } from "../sqlite/bulk-insert.ts";
import type { Database } from "../sqlite/database.ts";
import { Copies, type Place } from "./copies.ts";
import { ofRoom, placeOf, SEQUENCES } from "./places.ts";
import type { Pruning } from "./prune.ts";
import type { Room, Rooms } from "./rooms.ts";
import type { Sequence } from "./sequence.ts";
import type { Archive, Archived, HistoryRequest, NewArchived } from "./store.ts";

/** As stored: the index. */
const MANNERS: readonly Manner[] = ["plain", "action", "notice"];

/** What the archive is made of. */
export interface ArchiveParts {
  readonly rooms: Rooms;
  readonly sequence: Sequence;
  readonly pruning: Pruning;
  readonly rows: BulkInsert;
  readonly ids: () => string;
  /** Milliseconds since 1970. */
  readonly now: () => number;
}

/** {@link Archive} in SQLite. */
export class SqliteArchive implements Archive {
  readonly #database: Database;
  readonly #parts: ArchiveParts;
  readonly #head: StatementSync;
  readonly #history: StatementSync;

  constructor(database: Database, parts: ArchiveParts) {
    this.#database = database;
    this.#parts = parts;
    const { db } = database;
    this.#head = db.prepare(`SELECT max(place) & ${SEQUENCES} AS head FROM archive WHERE ${ofRoom("?1")}`);
    // What does not fit `since` is looked at too: the inner limit bounds that.
    this.#history = db.prepare(`
      SELECT * FROM (
        SELECT place & ${SEQUENCES} AS sequence, at, id, nick, text, manner FROM archive
        WHERE place > ${placeOf("?1", "?2")} AND place <= ${placeOf("?1", "?3")}
        ORDER BY place DESC LIMIT ${HISTORY_MOST}
      ) WHERE at >= ?4 LIMIT ?5`);
  }

  watch(component: string, conversation: string, session: string): void {
    const room = this.#parts.rooms.get(component, conversation);
    room.watchers.add(session);
  }

  unwatch(component: string, conversation: string, session: string): void {
    const room = this.#parts.rooms.get(component, conversation);
    room.watchers.delete(session);
    room.copies?.forget(session);
    if (room.copies?.size === 0) room.copies = undefined;
  }

  record(message: NewArchived, session: string): Place {
    const room = this.#parts.rooms.get(message.component, message.conversation);
    const known = room.copies?.find(message, session);
    if (known !== undefined) return known;
    const place = { id: this.#parts.ids(), sequence: this.#parts.sequence.next() };
    this.#database.write(() => this.#store(room, message, place, session));
    return place;
  }

  head(component: string, conversation: string): number {
    const id = this.#parts.rooms.id(component, conversation);
    if (id === 0) return 0;
    this.#parts.rows.flush();
    return Number(this.#head.get(id)?.head ?? 0);
  }

  history(component: string, conversation: string, request: HistoryRequest): readonly Archived[] {
    const id = this.#parts.rooms.id(component, conversation);
    const count = historyCount(request);
    if (id === 0 || count === 0) return [];
    const { after = 0, before = SEQUENCES, since = 0 } = request;
    this.#parts.rows.flush();
    const rows = this.#history.all(id, inRange(after), inRange(before), since, count).map(archivedOf);
    return withinChars(rows, request.maxChars).toReversed();
  }

  prune(): number {
    return this.#parts.pruning.run();
  }

  #store(room: Room, message: NewArchived, place: Place, session: string): void {
    const { rooms, sequence, rows, now } = this.#parts;
    const { nick, text, manner } = message;
    sequence.reserve();
    const present = now();
    // What a network dates in the future would never grow old.
    const at = Math.min(Math.floor(message.at), present);
    rows.add(rooms.stored(room), place.sequence, at, place.id, nick, text, MANNERS.indexOf(manner));
    if (room.count !== undefined) room.count += 1;
    const { watchers } = room;
    if (watchers.size < (watchers.has(session) ? 2 : 1)) return;
    const unseen = new Set(watchers);
    unseen.delete(session);
    room.copies ??= new Copies();
    room.copies.add(message, place, unseen, present);
  }
}

/** A sequence beyond the bounds must not reach into another room's places. */
function inRange(sequence: number): number {
  return Math.min(Math.max(sequence, 0), SEQUENCES);
}

function archivedOf(row: Record<string, unknown>): Archived {
  return {
    id: String(row.id),
    sequence: Number(row.sequence),
    at: Number(row.at),
    nick: String(row.nick),
    text: String(row.text),
    manner: MANNERS[Number(row.manner)] ?? "plain",
  };
}
