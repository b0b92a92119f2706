import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { afterEach, beforeEach, expect, test } from "vitest";

const lives = 12;
const lanes = 7;
/** The child keeps at most so many under way, five of them per append. */
const underWay = 205;

let folder: string;
let child: ChildProcess | undefined;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "isthmus-killed-"));
});
afterEach(async () => {
  await kill();
  rmSync(folder, { recursive: true, force: true });
});

async function kill(): Promise<void> {
  if (child === undefined || child.exitCode !== null || child.signalCode !== null) return;
  child.kill("SIGKILL");
  await once(child, "exit");
}

/** What the ledger says so far; a last line that the kill cut off is left out. */
function read(): { accepted: number[]; delivered: { number: number; attempt: number }[] } {
  const text = existsSync(join(folder, "ledger")) ? readFileSync(join(folder, "ledger"), "utf8") : "";
  const lines = text.slice(0, text.lastIndexOf("\n") + 1).split("\n");
  const fields = lines.filter((line) => line !== "").map((line) => line.split(" "));
  return {
    accepted: fields.filter(([what]) => what === "a").map(([, number]) => Number(number)),
    delivered: fields
      .filter(([what]) => what === "d")
      .map(([, number, attempt]) => ({ number: Number(number), attempt: Number(attempt) })),
  };
}

/** One life: runs until so many were delivered, then kill -9. */
async function live(first: number, deliveries: number): Promise<void> {
  const program = new URL("./engine-killed-child.ts", import.meta.url).pathname;
  const args = [program, join(folder, "data.sqlite"), join(folder, "ledger"), String(first), String(lanes)];
  const one = spawn(process.execPath, args, { stdio: ["ignore", "pipe", "inherit"] });
  child = one;
  let dots = 0;
  for await (const chunk of one.stdout) {
    dots += String(chunk).length;
    if (dots >= deliveries) break;
  }
  expect(one.exitCode).toBeNull();
  await kill();
}

test("killed -9 under load: nothing accepted is lost, order is kept, few come twice", {
  timeout: 120_000,
}, async () => {
  const points = fc.sample(fc.integer({ min: 1, max: 800 }), { seed: 9, numRuns: lives });
  for (const [life, deliveries] of points.entries()) await live(life * 1_000_000, deliveries);
  // A last life works everything off: what is under way in it is behind all that was accepted before.
  await live(lives * 1_000_000, 3_000);

  const { accepted, delivered } = read();
  const before = accepted.filter((number) => number < lives * 1_000_000);
  const seen = new Set<number>();
  const twice: number[] = [];
  const last = new Map<number, number>();
  for (const { number, attempt } of delivered) {
    if (seen.has(number)) {
      twice.push(number);
      expect(attempt).toBeGreaterThan(1);
      continue;
    }
    seen.add(number);
    expect(number).toBeGreaterThan(last.get(number % lanes) ?? -1);
    last.set(number % lanes, number);
  }
  expect(before.filter((number) => !seen.has(number))).toEqual([]);
  expect(before.length).toBeGreaterThan(lives * 10);
  expect(twice.length).toBeLessThanOrEqual(lives * underWay);
  console.info(`${lives} kills, ${seen.size} delivered, 0 lost, ${twice.length} came twice`);
});
