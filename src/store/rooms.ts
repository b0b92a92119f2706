import type { StatementSync } from "node:sqlite";
import type { Database } from "../sqlite/database.ts";
import type { Copies } from "./copies.ts";

/** A room as the store keeps it in memory. */
export interface Room {
  readonly component: string;
  readonly conversation: string;
  /** The row's id; 0 where there is none, undefined until it was looked up. */
  id: number | undefined;
  /** Sessions that see the room. */
  readonly watchers: Set<string>;
  /** What several sessions see and some have not shown yet. */
  copies: Copies | undefined;
  /** How many messages it has in the archive; undefined until they were counted. */
  count: number | undefined;
}

/** Rooms that nobody watches are kept in memory until so many more were asked for. */
export const IDLE_ROOMS = 1_024;

/** The rooms' rows, and in memory those that are watched or were used lately. */
export class Rooms {
  readonly #byComponent = new Map<string, Map<string, Room>>();
  readonly #select: StatementSync;
  readonly #insert: StatementSync;
  #made = 0;

  constructor(database: Database) {
    this.#select = database.db.prepare("SELECT id FROM room WHERE component = ? AND conversation = ?");
    this.#insert = database.db.prepare("INSERT INTO room (component, conversation) VALUES (?, ?)");
    database.onRollback(() => this.#forgetRows());
  }

  get(component: string, conversation: string): Room {
    const rooms = this.#byComponent.get(component);
    return rooms?.get(conversation) ?? this.#make(component, conversation);
  }

  /** The id of the room's row, 0 where there is none. */
  id(component: string, conversation: string): number {
    return this.#idOf(this.get(component, conversation));
  }

  /** The id of the room's row, which is made where there is none; only inside a write. */
  stored(room: Room): number {
    const known = room.id ?? this.#idOf(room);
    if (known !== 0) return known;
    const id = Number(this.#insert.run(room.component, room.conversation).lastInsertRowid);
    room.id = id;
    room.count = 0;
    return id;
  }

  /** How many rooms are in memory. */
  get size(): number {
    let size = 0;
    for (const rooms of this.#byComponent.values()) size += rooms.size;
    return size;
  }

  #idOf(room: Room): number {
    if (room.id === undefined) {
      const row = this.#select.get(room.component, room.conversation);
      room.id = typeof row?.id === "number" ? row.id : 0;
    }
    return room.id;
  }

  #make(component: string, conversation: string): Room {
    this.#made += 1;
    if (this.#made % IDLE_ROOMS === 0) this.#forgetIdle();
    const watchers = new Set<string>();
    const room: Room = {
      component,
      conversation,
      id: undefined,
      watchers,
      copies: undefined,
      count: undefined,
    };
    const rooms = this.#byComponent.get(component);
    if (rooms === undefined) this.#byComponent.set(component, new Map([[conversation, room]]));
    else rooms.set(conversation, room);
    return room;
  }

  #forgetIdle(): void {
    for (const [component, rooms] of this.#byComponent) {
      for (const [conversation, room] of rooms) if (room.watchers.size === 0) rooms.delete(conversation);
      if (rooms.size === 0) this.#byComponent.delete(component);
    }
  }

  /**
   * Rows may have been made or removed in the turn that was taken back. Which messages were stored is
   * unknown too: a copy that comes now is stored rather than taken for one that is gone.
   */
  #forgetRows(): void {
    for (const rooms of this.#byComponent.values()) {
      for (const room of rooms.values()) {
        room.id = undefined;
        room.copies = undefined;
        room.count = undefined;
      }
    }
  }
}
