import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { Run, SLOW } from "../../fuzz/runner.ts";
import { target } from "../../fuzz/target.ts";
import { TARGETS } from "../../fuzz/targets.ts";

/** Measure 40: the beginning of each long run (`npm run fuzz`); decided by what happens, not by time. */

const SEED = 20_261_121;
const INPUTS = 400;

describe("random input crashes no parser and breaks none of its promises", () => {
  it.each(TARGETS.map((one) => [one.name, one] as const))("%s", (_name, one) => {
    const run = new Run(one, SEED);
    while (run.report.tried < INPUTS && !run.over) run.step();
    expect(run.report.faults.filter(({ why }) => !why.startsWith("took "))).toEqual([]);
  });
});

describe("a run", () => {
  const picky = target("picky", fc.nat(), (input) => {
    if (input % 7 === 0) throw new Error("a seventh");
  });

  it("gives the same inputs for the same seed, and finds the same faults", () => {
    const [one, two] = [new Run(picky, SEED), new Run(picky, SEED)];
    one.step();
    two.step();
    expect(one.report.faults.length).toBeGreaterThan(0);
    expect(two.report.faults.map(({ input }) => input)).toEqual(one.report.faults.map(({ input }) => input));
  });

  it("stops at a target that only fails, and keeps the inputs", () => {
    const run = new Run(
      target("broken", fc.nat(), () => {
        throw new Error("always");
      }),
      SEED,
    );
    run.step();
    expect(run.over).toBe(true);
    expect(run.report.faults).toHaveLength(run.report.tried);
  });

  it("finds an input that is slow each time", () => {
    const run = new Run(
      target("slow", fc.nat(), () => {
        const end = performance.now() + SLOW + 10;
        while (performance.now() < end);
      }),
      SEED,
    );
    run.one(1);
    expect(run.report.faults.map(({ why }) => why)).toEqual([expect.stringMatching(/^took \d/)]);
  });
});
