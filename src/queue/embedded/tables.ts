import type { DatabaseSync, StatementSync } from "node:sqlite";
import { BulkInsert } from "../../sqlite/bulk-insert.ts";
import type { Database } from "../../sqlite/database.ts";
import type { Entry } from "./lane.ts";
import type { History } from "./packing.ts";

/** A row of queue_envelope, with what is in queue_trouble of it. */
export interface StoredEnvelope {
  readonly seq: number;
  readonly lane: string;
  readonly tries: number;
  readonly data: string;
  readonly history: string | null;
}

/** Every statement of the hot path, prepared once. Writes are made inside a turn's transaction. */
export class Tables {
  readonly #db: DatabaseSync;
  readonly #inserts: BulkInsert;
  /** The seq that was inserted last. */
  #inserted = 0;
  readonly #removeOne: StatementSync;
  readonly #removeRun: StatementSync;
  readonly #record: StatementSync;
  readonly #read: StatementSync;
  readonly #trouble: StatementSync;
  readonly #untrouble: StatementSync;
  readonly #version: StatementSync;
  readonly #oldest: StatementSync;

  constructor(database: Database) {
    const { db } = database;
    this.#db = db;
    this.#inserts = new BulkInsert(database, "queue_envelope (seq, lane, tries, data)", "(?, ?, ?, ?)");
    this.#removeOne = db.prepare("DELETE FROM queue_envelope WHERE seq = ?");
    this.#removeRun = db.prepare("DELETE FROM queue_envelope WHERE seq BETWEEN ? AND ?");
    this.#record = db.prepare("UPDATE queue_envelope SET tries = tries + 1 WHERE seq BETWEEN ? AND ?");
    this.#read = db.prepare(
      `SELECT e.seq, e.lane, e.tries, e.data, t.history FROM queue_envelope e
       LEFT JOIN queue_trouble t ON t.seq = e.seq WHERE e.seq BETWEEN ? AND ? ORDER BY e.seq`,
    );
    this.#trouble = db.prepare(
      "INSERT OR REPLACE INTO queue_trouble (seq, state, next_at, history) VALUES (?, ?, ?, ?)",
    );
    this.#untrouble = db.prepare("DELETE FROM queue_trouble WHERE seq = ?");
    this.#version = db.prepare("PRAGMA data_version");
    this.#oldest = db.prepare("SELECT data ->> 1 AS at FROM queue_envelope ORDER BY seq LIMIT 1");
  }

  insert(seq: number, lane: string, tries: number, data: string): void {
    this.#inserted = seq;
    this.#inserts.add(seq, lane, tries, data);
  }

  /** Puts what was inserted where readers see it. Where that fails, the turn is taken back. */
  flush(): void {
    this.#inserts.flush();
  }

  /** The same, where an envelope up to this seq is among them: they were inserted in order. */
  #flushTo(seq: number): void {
    if (seq > this.#inserted - this.#inserts.waiting) this.#inserts.flush();
  }

  remove(entries: readonly Entry[]): void {
    this.#flushTo(entries.at(-1)?.seq ?? 0);
    eachRun(entries, (first, last) => {
      if (first === last) this.#removeOne.run(first);
      else this.#removeRun.run(first, last);
    });
  }

  /** Counts one attempt more of each. */
  record(entries: readonly Entry[]): void {
    this.#flushTo(entries.at(-1)?.seq ?? 0);
    eachRun(entries, (first, last) => this.#record.run(first, last));
  }

  /** The envelopes of a run of seqs; those not yet flushed are missing. */
  read(first: number, last: number): StoredEnvelope[] {
    return this.#read.all(first, last) as unknown as StoredEnvelope[];
  }

  /** Every waiting envelope's seq and lane, in order. */
  all(): Iterable<Pick<StoredEnvelope, "seq" | "lane">> {
    const rows = this.#db.prepare("SELECT seq, lane FROM queue_envelope ORDER BY seq").iterate();
    return rows as unknown as Iterable<StoredEnvelope>;
  }

  /** Keeps what went wrong with an envelope, and until when its lane waits. */
  trouble(seq: number, state: string, nextAt: number | undefined, history: History): void {
    this.#trouble.run(seq, state, nextAt ?? null, JSON.stringify(history));
  }

  untrouble(seq: number): void {
    this.#untrouble.run(seq);
  }

  /** Changes when another process has written to the file (sqlite.org/pragma.html#pragma_data_version). */
  version(): number {
    return Number(this.#version.get()?.data_version);
  }

  /** When the envelope was accepted that waits longest. */
  oldest(): number | undefined {
    this.flush();
    const at = this.#oldest.get()?.at;
    return typeof at === "number" ? at : undefined;
  }
}

/** Calls `use` for each run of neighbouring seqs: one statement for all of a batch where it is one run. */
function eachRun(entries: readonly Entry[], use: (first: number, last: number) => void): void {
  let first: number | undefined;
  let last = 0;
  for (const { seq } of entries) {
    if (first !== undefined && seq !== last + 1) {
      use(first, last);
      first = seq;
    }
    first ??= seq;
    last = seq;
  }
  if (first !== undefined) use(first, last);
}
