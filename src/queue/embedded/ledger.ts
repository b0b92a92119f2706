import { hash } from "node:crypto";
import type { DatabaseSync, StatementSync } from "node:sqlite";
import { ledgerMost, pruneKeys, pruneRows } from "./bounds.ts";

/** Keys of what arrived, lane by lane, so that what arrives again is known. Used inside a write. */
export class Ledger {
  readonly #age: number;
  readonly #enter: StatementSync;
  readonly #forgetOld: StatementSync;
  readonly #forgetMost: StatementSync;
  #entered = 0;

  /** `age`: how long a key is remembered, milliseconds. */
  constructor(db: DatabaseSync, age: number) {
    this.#age = age;
    this.#enter = db.prepare("INSERT INTO queue_ledger (key, at) VALUES (?, ?) ON CONFLICT (key) DO NOTHING");
    this.#forgetOld = db.prepare(
      "DELETE FROM queue_ledger WHERE at < ? AND n IN (SELECT n FROM queue_ledger ORDER BY n LIMIT ?)",
    );
    this.#forgetMost = db.prepare(
      `DELETE FROM queue_ledger WHERE n <= (SELECT max(n) FROM queue_ledger) - ?
       AND n IN (SELECT n FROM queue_ledger ORDER BY n LIMIT ?)`,
    );
  }

  /**
   * Enters a key of a lane; false where it is there already. Kept as 128 bits of SHA-256, for keys
   * can be long and there are many.
   */
  enter(lane: string, key: string, now: number): boolean {
    const digest = hash("sha256", `${lane} ${key}`, "buffer").subarray(0, 16);
    if (this.#enter.run(digest, now).changes === 0) return false;
    this.#entered += 1;
    if (this.#entered % pruneKeys === 0) this.prune(now);
    return true;
  }

  /** Removes keys that are too old or too many, a bounded number at a time. */
  prune(now: number): void {
    this.#forgetOld.run(now - this.#age, pruneRows);
    this.#forgetMost.run(ledgerMost, pruneRows);
  }
}
