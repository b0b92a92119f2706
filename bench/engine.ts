import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Envelope } from "../src/domain/envelope.ts";
import { createEmbeddedEngine, defaultLimits, queueMigrations } from "../src/queue/embedded/index.ts";
import type { Drainer } from "../src/queue/engine.ts";
import { openDatabase } from "../src/sqlite/group-commit.ts";

/**
 * Appends and drains through the embedded engine on a real disk, for profiles:
 * `node [--cpu-prof] bench/engine.ts [LANES] [MESSAGES] [WINDOW] [PER_APPEND]`.
 */
const [lanes = 1, messages = 200_000, windowSize = 2_048, perAppend = 32] = process.argv.slice(2).map(Number);

const folder = mkdtempSync(join(tmpdir(), "isthmus-bench-engine-"));
const database = openDatabase(join(folder, "data.sqlite"), [queueMigrations]);
const quiet = { info() {}, warn() {}, error: console.error };
const clock = {
  now: Date.now,
  setTimeout(run: () => void, ms: number) {
    const timer = setTimeout(run, ms);
    return { cancel: () => clearTimeout(timer) };
  },
};
const engine = createEmbeddedEngine(database, defaultLimits, { clock, random: Math.random, log: quiet });

let appended = 0;
let drained = 0;
let drains = 0;
let commits = 0;
database.onCommit(() => {
  commits += 1;
});
const sent: number[] = [];
const latencies: number[] = [];
let finished: () => void = () => {};

const drainer: Drainer = {
  async drain(_lane, batch) {
    drains += 1;
    const now = performance.now();
    for (const { id } of batch) {
      latencies.push(now - (sent[Number(id)] ?? now));
      drained += 1;
    }
    setImmediate(fill);
    if (drained === messages) finished();
    return batch.map(() => ({ state: "done" }) as const);
  },
  expire: () => [],
};

function envelope(number: number): Envelope {
  const user = number % lanes;
  return {
    id: String(number),
    lane: `out irc.example.org user${user}@example.org #chan%irc.example.net`,
    at: Date.now(),
    deadline: Date.now() + 300_000,
    body: {
      kind: "message",
      from: `user${user}@example.org/orchard`,
      conversation: "#chan%irc.example.net",
      text: "But soft, what light through yonder window breaks?",
      manner: "plain",
      stanzaId: `s${number}`,
      groupchat: true,
    },
  };
}

/** Keeps at most WINDOW under way: a closed loop, as a server with back-pressure is. */
function fill(): void {
  while (appended < messages && appended - drained < windowSize) {
    const batch: Envelope[] = [];
    while (batch.length < perAppend && appended < messages) {
      sent[appended] = performance.now();
      batch.push(envelope(appended));
      appended += 1;
    }
    void engine.append(batch);
  }
}

await engine.start(drainer);
const cpu = process.cpuUsage();
const began = performance.now();
await new Promise<void>((resolve) => {
  finished = resolve;
  fill();
});
const seconds = (performance.now() - began) / 1000;
const used = process.cpuUsage(cpu);
latencies.sort((a, b) => a - b);
const percentile = (share: number) => (latencies[Math.floor(latencies.length * share)] ?? 0).toFixed(2);
console.log(
  `${lanes} lanes, ${messages} messages: ${Math.round(messages / seconds)}/s, ` +
    `${((used.user + used.system) / messages).toFixed(1)} us CPU each, ${commits} commits, ${drains} drains, ` +
    `append to drain p50 ${percentile(0.5)} ms, p99 ${percentile(0.99)} ms`,
);
await engine.stop(1_000);
console.log("left", engine.stats());
database.close();
rmSync(folder, { recursive: true });
