import type { SQLInputValue, StatementSync } from "node:sqlite";
import type { Database } from "./database.ts";

/** Rows of the statements that take many; what is left over goes in row by row. */
const sizes = [32, 8, 1] as const;

/**
 * Inserts into one table, many rows by one statement: most of what a row costs is the call. Rows wait
 * in memory, at most 31 of them, and are in the table before their turn's commit. Whoever reads
 * the table has to call {@link BulkInsert.flush} first.
 */
export class BulkInsert {
  readonly #database: Database;
  readonly #statements: readonly { readonly values: number; readonly insert: StatementSync }[];
  /** The values of the rows that wait, one row after the other; what lies behind them is left from before. */
  readonly #values: SQLInputValue[];
  readonly #columns: number;
  #used = 0;

  /** `into`: the table with its columns. `row`: one row of VALUES, with a `?` for each value. */
  constructor(database: Database, into: string, row: string) {
    this.#database = database;
    this.#columns = row.split("?").length - 1;
    this.#statements = sizes.map((rows) => ({
      values: rows * this.#columns,
      insert: database.db.prepare(`INSERT INTO ${into} VALUES ${Array(rows).fill(row).join(", ")}`),
    }));
    this.#values = Array(sizes[0] * this.#columns).fill(null);
    database.beforeCommit(this.#insert);
    database.onRollback(() => {
      this.#used = 0;
    });
  }

  /** How many rows wait. */
  get waiting(): number {
    return this.#used / this.#columns;
  }

  /** Adds a row; only inside a write. */
  add(...row: SQLInputValue[]): void {
    for (const value of row) {
      this.#values[this.#used] = value;
      this.#used += 1;
    }
    if (this.#used === this.#values.length) this.#insert();
  }

  /** Puts what waits into the table. Where that fails, it takes its turn back as any write does. */
  flush(): void {
    if (this.#used > 0) void this.#database.write(this.#insert);
  }

  #insert = (): void => {
    const all = this.#used === this.#values.length;
    let first = 0;
    for (const { values, insert } of this.#statements) {
      for (; this.#used - first >= values; first += values) {
        insert.run(...(all ? this.#values : this.#values.slice(first, first + values)));
      }
    }
    this.#used = 0;
  };
}
