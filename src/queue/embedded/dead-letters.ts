import type { DatabaseSync, StatementSync } from "node:sqlite";
import type { Entry } from "./lane.ts";
import { addHappening, type History, pack } from "./packing.ts";

/** A row of queue_dead. */
export interface StoredDead {
  readonly id: string;
  readonly lane: string;
  readonly tries: number;
  readonly data: string;
  readonly state: "failed" | "expired";
  readonly reason: string;
  readonly died_at: number;
  readonly history: string;
  readonly retry_deadline: number | null;
}

/** What ended for good and is kept for an operator. Writes are made inside a turn's transaction. */
export class DeadLetters {
  count = 0;
  readonly #most: number;
  readonly #bury: StatementSync;
  readonly #get: StatementSync;
  readonly #delete: StatementSync;
  readonly #deleteOldest: StatementSync;
  readonly #deleteOld: StatementSync;
  readonly #count: StatementSync;
  readonly #wanted: StatementSync;

  constructor(db: DatabaseSync, most: number) {
    this.#most = most;
    this.#bury = db.prepare(
      `INSERT INTO queue_dead (id, lane, tries, data, state, reason, died_at, history)
       VALUES (?, ?, ?, ?, ?, ?, ?, ?)`,
    );
    this.#get = db.prepare("SELECT * FROM queue_dead WHERE id = ?");
    this.#delete = db.prepare("DELETE FROM queue_dead WHERE id = ?");
    this.#deleteOldest = db.prepare(
      "DELETE FROM queue_dead WHERE n IN (SELECT n FROM queue_dead ORDER BY n LIMIT ?)",
    );
    this.#deleteOld = db.prepare(
      `DELETE FROM queue_dead WHERE died_at < ?
       AND n IN (SELECT n FROM queue_dead ORDER BY n LIMIT ?)`,
    );
    this.#count = db.prepare("SELECT count(*) AS count FROM queue_dead");
    this.#wanted = db.prepare("SELECT id, retry_deadline FROM queue_dead WHERE retry_deadline IS NOT NULL");
    this.recount();
  }

  /** Keeps an envelope that ended; the oldest dead letters make room for it. */
  bury(entry: Entry, state: "failed" | "expired", reason: string, at: number): void {
    const { envelope, history } = entry;
    this.drop(envelope.id);
    const told = JSON.stringify(addHappening(history, at, `${state}: ${reason}`));
    this.#bury.run(envelope.id, envelope.lane, entry.recorded, pack(envelope), state, reason, at, told);
    this.count += 1;
    if (this.count <= this.#most) return;
    this.#deleteOldest.run(this.count - this.#most);
    this.recount();
  }

  get(id: string): StoredDead | undefined {
    return this.#get.get(id) as unknown as StoredDead | undefined;
  }

  /** False: no such letter. */
  drop(id: string): boolean {
    const dropped = this.#delete.run(id).changes === 1;
    if (dropped) this.count -= 1;
    return dropped;
  }

  /** The ids that an operator wants back, with their new deadlines. */
  wanted(): { id: string; deadline: number }[] {
    return this.#wanted.all().map((row) => ({ id: String(row.id), deadline: Number(row.retry_deadline) }));
  }

  /** Removes what died before `before`, at most `most`; returns how many. */
  prune(before: number, most: number): number {
    const removed = Number(this.#deleteOld.run(before, most).changes);
    this.count -= removed;
    return removed;
  }

  /** Counts anew: a transaction was rolled back, or another process has written. */
  recount(): void {
    this.count = Number(this.#count.get()?.count);
  }
}

/** The history that a dead letter takes along when it is put back. */
export function historyOnRetry(stored: History, at: number): History {
  return addHappening(stored, at, "put back by an operator");
}
