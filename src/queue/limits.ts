import type { Limits } from "./engine.ts";

const second = 1_000;
const day = 24 * 60 * 60 * second;

export const defaultLimits: Limits = {
  maxWaiting: 1_000_000,
  maxLane: 100_000,
  batch: 512,
  concurrency: 4096,
  backoffFirst: second,
  backoffMost: 300 * second,
  ledgerAge: 7 * day,
  deadAge: 30 * day,
  deadMost: 10_000,
};
