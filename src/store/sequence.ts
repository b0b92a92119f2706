import type { StatementSync } from "node:sqlite";
import type { Database } from "../sqlite/database.ts";

/** How many numbers are reserved at a time; a restart skips what is left of them. */
export const RESERVED = 10_000;

/**
 * The archive's numbers: each is greater than all given before, in earlier lives too and where the
 * messages are long pruned, because users' marks are compared with them.
 */
export class Sequence {
  readonly #update: StatementSync;
  #next: number;
  /** The file has it that numbers up to here are in use. */
  #reserved: number;

  constructor(database: Database) {
    const row = database.db.prepare("SELECT reserved FROM sequence").get();
    this.#update = database.db.prepare("UPDATE sequence SET reserved = ?");
    this.#reserved = Number(row?.reserved ?? 0);
    this.#next = this.#reserved + 1;
    database.onRollback(() => {
      this.#reserved = 0;
    });
  }

  next(): number {
    const sequence = this.#next;
    this.#next += 1;
    return sequence;
  }

  /** Makes sure that what {@link next} gave is reserved; only inside a write. */
  reserve(): void {
    if (this.#next <= this.#reserved + 1) return;
    const reserved = this.#next + RESERVED;
    this.#update.run(reserved);
    this.#reserved = reserved;
  }
}
