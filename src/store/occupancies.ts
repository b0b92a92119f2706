import type { StatementSync } from "node:sqlite";
import type { Database } from "../sqlite/database.ts";
import type { Room, Rooms } from "./rooms.ts";
import type { Occupancies, Occupancy, RoomMark } from "./store.ts";

/** {@link Occupancies} in SQLite. */
export class SqliteOccupancies implements Occupancies {
  readonly #database: Database;
  readonly #rooms: Rooms;
  readonly #statements: ReturnType<typeof prepare>;
  /** Marks of this run of the event loop, by room and user, not yet written. */
  readonly #marks = new Map<Room, Map<string, number>>();

  constructor(database: Database, rooms: Rooms) {
    this.#database = database;
    this.#rooms = rooms;
    this.#statements = prepare(database);
  }

  all(): readonly Occupancy[] {
    return this.#statements.all.all().map(occupancyOf);
  }

  put(occupancy: Occupancy): void {
    const { component, user, conversation, resource, nick, password } = occupancy;
    this.#database.write(() => {
      this.#statements.put.run(component, user, conversation, resource, nick, password ?? null);
    });
  }

  remove(occupancy: Pick<Occupancy, "component" | "user" | "conversation" | "resource">): void {
    const { component, user, conversation, resource } = occupancy;
    this.#database.write(() => {
      this.#statements.remove.run(component, user, conversation, resource);
    });
  }

  mark({ component, user, conversation }: RoomMark): number | undefined {
    const waiting = this.#marks.get(this.#rooms.get(component, conversation))?.get(user);
    const row = this.#statements.mark.get(this.#rooms.id(component, conversation), user);
    if (row === undefined) return waiting;
    return Math.max(Number(row.sequence), waiting ?? 0);
  }

  /** Written once for all marks of this run of the event loop, in the turn's own commit. */
  setMark({ component, user, conversation }: RoomMark, sequence: number): void {
    if (this.#marks.size === 0) queueMicrotask(() => this.#writeMarks());
    const room = this.#rooms.get(component, conversation);
    const marks = this.#marks.get(room);
    if (marks === undefined) this.#marks.set(room, new Map([[user, sequence]]));
    else if (sequence > (marks.get(user) ?? 0)) marks.set(user, sequence);
  }

  #writeMarks(): void {
    const marks = [...this.#marks];
    this.#marks.clear();
    this.#database.write(() => {
      for (const [room, users] of marks) {
        const id = this.#rooms.stored(room);
        for (const [user, sequence] of users) this.#statements.setMark.run(id, user, sequence);
      }
    });
  }
}

function prepare({ db }: Database): Record<"all" | "put" | "remove" | "mark" | "setMark", StatementSync> {
  return {
    all: db.prepare("SELECT component, user, conversation, resource, nick, password FROM occupancy"),
    put: db.prepare(`
      INSERT OR REPLACE INTO occupancy (component, user, conversation, resource, nick, password)
      VALUES (?, ?, ?, ?, ?, ?)`),
    remove: db.prepare(
      "DELETE FROM occupancy WHERE component = ? AND user = ? AND conversation = ? AND resource = ?",
    ),
    mark: db.prepare("SELECT sequence FROM mark WHERE room = ? AND user = ?"),
    // A view never goes back: a sender's own message is numbered by whoever saw it first.
    setMark: db.prepare(`
      INSERT INTO mark (room, user, sequence) VALUES (?, ?, ?)
      ON CONFLICT DO UPDATE SET sequence = max(sequence, excluded.sequence)`),
  };
}

function occupancyOf(row: Record<string, unknown>): Occupancy {
  const { component, user, conversation, resource, nick, password } = row;
  return {
    component: String(component),
    user: String(user),
    conversation: String(conversation),
    resource: String(resource),
    nick: String(nick),
    ...(typeof password === "string" ? { password } : {}),
  };
}
