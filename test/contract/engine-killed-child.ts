import { appendFileSync } from "node:fs";
import { createEmbeddedEngine, defaultLimits, queueMigrations } from "../../src/queue/embedded/index.ts";
import { openDatabase } from "../../src/sqlite/group-commit.ts";

/**
 * A process to be killed: `FILE LEDGER FIRST LANES` appends numbered envelopes from FIRST on and
 * drains them, and notes `a NUMBER` for what was accepted, `d NUMBER ATTEMPT` for what was delivered,
 * and a dot on its output for each delivery.
 */
const [file = "", ledger = "", first = "0", lanes = "1"] = process.argv.slice(2);

const note = (lines: string[]) => appendFileSync(ledger, `${lines.join("\n")}\n`);
const clock = {
  now: Date.now,
  setTimeout(run: () => void, ms: number) {
    const timer = setTimeout(run, ms);
    return { cancel: () => clearTimeout(timer) };
  },
};
const log = { info() {}, warn() {}, error: (fields: object, text: string) => console.error(text, fields) };
const database = openDatabase(file, [queueMigrations]);
const limits = { ...defaultLimits, batch: 16 };
const engine = createEmbeddedEngine(database, limits, { clock, random: Math.random, log });

let number = Number(first);
let underWay = 0;

function fill(): void {
  while (underWay < 200) {
    const numbers = Array.from({ length: 5 }, (_, index) => number + index);
    number += numbers.length;
    underWay += numbers.length;
    const at = Date.now();
    const envelopes = numbers.map((one) => ({
      id: String(one),
      lane: `out irc.example.org user${one % Number(lanes)}@example.org room`,
      at,
      deadline: at + 3_600_000,
      body: { text: "x".repeat(200) },
    }));
    void engine.append(envelopes).then(() => note(numbers.map((one) => `a ${one}`)));
  }
}

await engine.start({
  async drain(_lane, batch, attempt) {
    // An answer takes its time, as a network's does.
    await new Promise((resolve) => setImmediate(resolve));
    note(batch.map(({ id }) => `d ${id} ${attempt}`));
    process.stdout.write(".".repeat(batch.length));
    underWay -= batch.filter(({ id }) => Number(id) >= Number(first)).length;
    setImmediate(fill);
    return batch.map(() => ({ state: "done" as const }));
  },
  expire: () => [],
});
fill();
