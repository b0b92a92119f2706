import type { ThroughputPlan } from "./cases/throughput.ts";

/** How much is measured. The full plan writes docs/performance.md; the quick one only prints. */
export interface Plan {
  readonly rounds: number;
  readonly warmUp: ThroughputPlan;
  readonly throughput: ThroughputPlan;
  /** One message at a time. */
  readonly alone: number;
  /** At a low steady rate: messages, and milliseconds between them. */
  readonly steady: { readonly messages: number; readonly every: number };
  readonly sessions: readonly number[];
}

const WINDOW = 2000;

export const FULL: Plan = {
  rounds: 4,
  warmUp: { ms: 2000, window: WINDOW },
  throughput: { ms: 3000, window: WINDOW },
  alone: 2000,
  steady: { messages: 300, every: 10 },
  sessions: [100, 1000, 10_000],
};

export const QUICK: Plan = {
  rounds: 1,
  warmUp: { ms: 1000, window: WINDOW },
  throughput: { ms: 2000, window: WINDOW },
  alone: 300,
  steady: { messages: 100, every: 10 },
  sessions: [100, 1000],
};
