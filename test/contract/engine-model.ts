import fc from "fast-check";
import { expect, test } from "vitest";
import type { Envelope } from "../../src/domain/envelope.ts";
import type { Drainer, Engine, Outcome } from "../../src/queue/engine.ts";
import { done, type EngineHarness, laneA, laneB, letter, type MakeHarness, until } from "./engine-harness.ts";

/** What one drain answers: so many well, then this. */
interface Plan {
  readonly well: number;
  readonly last: "done" | "retry" | "hold" | "failed" | "reject" | "crash";
}

/** What must be true of every lane, held against everything an engine does. */
class Model implements Drainer {
  readonly harness: EngineHarness;
  /** Accepted and not ended, in order. */
  readonly waiting = new Map<string, string[]>();
  /** Ended, perhaps not on record yet: they may come again after a crash. */
  readonly fresh = new Map<string, string[]>();
  readonly tries = new Map<string, number>();
  readonly ended = new Map<string, "done" | "failed">();
  /** Ids that were waiting at a crash: an attempt more may be on record than was made. */
  readonly unsure = new Set<string>();
  readonly problems: string[] = [];
  plans: Plan[] = [];
  /** The engine of a life that is over must not be heard. */
  life = 0;
  next = 0;

  constructor(harness: EngineHarness) {
    this.harness = harness;
  }

  drainerOfThisLife(): Drainer {
    const { life } = this;
    return {
      drain: (lane, batch, attempt) =>
        life === this.life ? this.drain(lane, batch, attempt) : new Promise(() => {}),
      expire: () => [],
    };
  }

  async drain(lane: string, batch: readonly Envelope[], attempt: number): Promise<readonly Outcome[]> {
    const ids = batch.map(({ id }) => id);
    this.#checkOrder(lane, ids);
    this.#checkAttempt(ids[0] ?? "", attempt);
    const plan = this.plans.shift() ?? { well: ids.length, last: "done" };
    const well = plan.last === "done" ? Math.max(1, plan.well) : plan.well;
    const outcomes: Outcome[] = ids.slice(0, well).map(() => done);
    const last = ids[outcomes.length];
    if (plan.last === "crash") return new Promise(() => {});
    if (plan.last === "reject") {
      for (const id of ids) this.tries.set(id, (this.tries.get(id) ?? 0) + 1);
      throw new Error("broke");
    }
    for (const id of ids.slice(0, outcomes.length)) this.#end(lane, id, "done");
    if (last === undefined || plan.last === "done") return outcomes;
    if (plan.last === "failed") this.#end(lane, last, "failed");
    if (plan.last === "retry") this.tries.set(last, (this.tries.get(last) ?? 0) + 1);
    return [...outcomes, { state: plan.last, reason: "as planned" }];
  }

  expire(): [] {
    return [];
  }

  /** A batch is the front of what waits; after a crash, what had just ended may come before it again. */
  #checkOrder(lane: string, ids: readonly string[]): void {
    const waiting = this.waiting.get(lane) ?? [];
    const again = this.fresh.get(lane) ?? [];
    for (let from = 0; from <= again.length; from += 1) {
      const expected = [...again.slice(from), ...waiting];
      if (ids.every((id, index) => id === expected[index])) {
        this.waiting.set(lane, expected);
        this.fresh.set(lane, again.slice(0, from));
        const twice = again.slice(from).filter((id) => !this.unsure.has(id));
        if (twice.length > 0) this.problems.push(`${lane}: ${twice} came twice without a crash`);
        return;
      }
    }
    this.problems.push(`${lane}: offered ${ids} where ${again} ended and ${waiting} wait`);
  }

  #checkAttempt(head: string, attempt: number): void {
    const least = (this.tries.get(head) ?? 0) + 1;
    const fits = this.unsure.has(head) ? attempt >= least : attempt === least;
    if (!fits) this.problems.push(`${head}: attempt ${attempt}, not ${least}`);
    this.tries.set(head, attempt - 1);
  }

  #end(lane: string, id: string, how: "done" | "failed"): void {
    if (this.ended.get(id) === "failed" && !this.unsure.has(id))
      this.problems.push(`${id} sent after it failed`);
    this.ended.set(id, how);
    this.waiting.set(lane, (this.waiting.get(lane) ?? []).slice(1));
    this.fresh.set(lane, [...(this.fresh.get(lane) ?? []), id]);
  }

  /** All that ended is on record now. */
  recorded(): void {
    this.fresh.clear();
  }

  crashed(): void {
    for (const ids of [...this.waiting.values(), ...this.fresh.values()])
      for (const id of ids) this.unsure.add(id);
    this.life += 1;
  }
}

interface Real {
  readonly harness: EngineHarness;
  engine: Engine;
}
type Step = (model: Model, real: Real) => Promise<void>;

class Command implements fc.AsyncCommand<Model, Real> {
  readonly #name: string;
  readonly #step: Step;

  constructor(name: string, step: Step) {
    this.#name = name;
    this.#step = step;
  }

  check(): boolean {
    return true;
  }

  async run(model: Model, real: Real): Promise<void> {
    await this.#step(model, real);
    expect(model.problems).toEqual([]);
  }

  toString(): string {
    return this.#name;
  }
}

const lanes = [laneA, laneB];
const limits = { batch: 4, concurrency: 2 };

async function append(model: Model, real: Real, lane: string, count: number): Promise<void> {
  const envelopes = Array.from({ length: count }, () => letter(real.harness, `${model.next++}`, lane));
  // Known to the model first: a drain may come before the promise is through.
  model.waiting.set(lane, [...(model.waiting.get(lane) ?? []), ...envelopes.map(({ id }) => id)]);
  await real.engine.append(envelopes);
}

async function crash(model: Model, real: Real): Promise<void> {
  model.crashed();
  await real.harness.kill();
  real.engine = await real.harness.open(limits);
  await real.engine.start(model.drainerOfThisLife());
}

const plan = fc.record({
  well: fc.nat({ max: 3 }),
  last: fc.constantFrom("done", "retry", "hold", "failed", "reject", "crash" as const),
});

const commands = [
  fc
    .tuple(fc.constantFrom(...lanes), fc.integer({ min: 1, max: 6 }))
    .map(
      ([lane, count]) =>
        new Command(`append(${lane}, ${count})`, (model, real) => append(model, real, lane, count)),
    ),
  fc.array(plan, { minLength: 1, maxLength: 4 }).map(
    (plans) =>
      new Command(`plan(${JSON.stringify(plans)})`, async (model) => {
        model.plans = plans as Plan[];
      }),
  ),
  fc
    .integer({ min: 1, max: 4_000 })
    .map((ms) => new Command(`pass(${ms})`, (_model, real) => real.harness.pass(ms))),
  fc.constant(
    new Command("settle", async (model, real) => {
      await real.harness.settle();
      model.recorded();
    }),
  ),
  fc.constant(new Command("wakeAll", async (_model, real) => real.engine.wakeAll(""))),
  fc.constant(new Command("crash", crash)),
];

/** Random lives of an engine, against the model. */
export function modelContract(make: MakeHarness): void {
  test("whatever happens: order kept, nothing lost, attempts counted", { timeout: 120_000 }, async () => {
    await fc.assert(
      fc.asyncProperty(fc.commands(commands, { maxCommands: 40 }), (run) => live(make, run)),
      { seed: 20261121, numRuns: 60 },
    );
  });
}

async function live(make: MakeHarness, run: Iterable<fc.AsyncCommand<Model, Real>>): Promise<void> {
  const harness = await make();
  try {
    const model = new Model(harness);
    const real = { harness, engine: await harness.open(limits) };
    await real.engine.start(model.drainerOfThisLife());
    await fc.asyncModelRun(() => ({ model, real }), run);
    await drainAll(model, real);
  } finally {
    await harness.close();
  }
}

/** In the end, with a far side that works, everything accepted has ended. */
async function drainAll(model: Model, real: Real): Promise<void> {
  model.plans = [];
  await crash(model, real);
  await until(real.harness, "everything to end", () => real.engine.stats().waiting === 0);
  expect(model.problems).toEqual([]);
  expect([...model.waiting.values()].flat()).toEqual([]);
  expect(model.ended.size).toBe(model.next);
}
