// Long random runs for every parser:
//   npm run fuzz -- --seconds 60 --seed 7 --only jid
//   npm run fuzz -- --replay FILE     a line {"target":…,"input":…} that an earlier run printed
// Ends with 1 where an input crashed a parser, broke what it promises, or took over 50 ms twice in a row.
import { readFileSync } from "node:fs";
import { parseArgs } from "node:util";
import { asJson, type Report, Run, SLOW } from "../test/fuzz/runner.ts";
import type { Target } from "../test/fuzz/target.ts";
import { TARGETS } from "../test/fuzz/targets.ts";

const { values } = parseArgs({
  options: {
    seconds: { type: "string", default: "60" },
    seed: { type: "string", default: String(Date.now() % 1_000_000_000) },
    only: { type: "string" },
    replay: { type: "string" },
  },
});

function named(name: string | undefined): readonly Target[] {
  const found = TARGETS.filter((target) => name === undefined || target.name === name);
  if (found.length > 0) return found;
  console.error(
    `there is no target "${name}"; there are: ${TARGETS.map((target) => target.name).join(", ")}`,
  );
  process.exit(2);
}

function positive(name: "seconds" | "seed"): number {
  const value = Number(values[name]);
  if (Number.isFinite(value) && value > 0) return value;
  console.error(`--${name} takes a number above 0, not "${values[name]}"`);
  process.exit(2);
}

/** All in turn, so that each gets its share of the time. */
function fuzz(): Report[] {
  const seconds = positive("seconds");
  const seed = Math.trunc(positive("seed"));
  const runs = named(values.only).map((target) => new Run(target, seed));
  console.log(`seed ${seed}, ${seconds} s`);
  for (const run of runs) {
    const end = Date.now() + (seconds * 1000) / runs.length;
    while (Date.now() < end && !run.over) run.step();
    print(run.report);
  }
  return runs.map((run) => run.report);
}

function replay(file: string): Report[] {
  return readFileSync(file, "utf8")
    .split("\n")
    .filter((line) => line.startsWith("{"))
    .map((line) => {
      const { target, input } = JSON.parse(line) as { target: string; input: unknown };
      const [found] = named(target);
      if (found === undefined) throw new Error(`no target ${target}`);
      const run = new Run(found, 0);
      run.one(input);
      print(run.report);
      return run.report;
    });
}

function print({ target, tried, slowest, faults }: Report): void {
  console.log(
    `${target.padEnd(12)} ${tried} inputs, slowest ${slowest.ms.toFixed(2)} ms, ${faults.length} faults`,
  );
  console.log(`  slowest: ${asJson(target, slowest.input).slice(0, 160)}`);
  for (const { why, input } of faults) console.log(`  FAULT ${why}\n${asJson(target, input)}`);
}

const reports = values.replay === undefined ? fuzz() : replay(values.replay);
const faults = reports.reduce((sum, report) => sum + report.faults.length, 0);
console.log(
  faults === 0 ? `no fault; no input over ${SLOW} ms` : `${faults} faults; --replay takes their lines`,
);
process.exitCode = faults === 0 ? 0 : 1;
