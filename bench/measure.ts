import { DIRECTIONS, type Direction, flow } from "./cases/flow.ts";
import { latency } from "./cases/latency.ts";
import { type Memory, memory } from "./cases/memory.ts";
import { type Throughput, throughput } from "./cases/throughput.ts";
import type { Gateway } from "./gateways/gateway.ts";
import type { Plan } from "./plan.ts";
import type { Stage } from "./stage.ts";
import { median, quantile } from "./statistics.ts";

/** Medians over the rounds, for one gateway and one direction. */
export interface DirectionResult {
  readonly perSecond: number;
  /** Slowest and fastest round. */
  readonly range: readonly [number, number];
  /** Microseconds of CPU a message. */
  readonly cpu: number;
  readonly generatorCpu: number;
  /** Milliseconds, one message at a time. */
  readonly alone: Quantiles;
  /** Milliseconds, at a low steady rate. */
  readonly steady: Quantiles;
}

export interface Quantiles {
  readonly p50: number;
  readonly p99: number;
}

export interface GatewayResult {
  readonly gateway: Gateway;
  readonly directions: ReadonlyMap<Direction, DirectionResult>;
  readonly memory: readonly Memory[];
}

export type Say = (line: string) => void;

/** One gateway's raw figures of one round and direction. */
interface Round {
  readonly rate: Throughput;
  readonly alone: readonly number[];
  readonly steady: readonly number[];
}

/** Each round goes once through all gateways, so that a slow moment of the machine meets all of them. */
export async function measureAll(
  stage: Stage,
  gateways: readonly Gateway[],
  plan: Plan,
  say: Say,
): Promise<readonly GatewayResult[]> {
  const rounds = new Map(gateways.map((gateway) => [gateway, newRounds()]));
  for (let round = 1; round <= plan.rounds; round += 1) {
    for (const [gateway, figures] of rounds) {
      say(`round ${round} of ${plan.rounds}: ${gateway.name}`);
      await oneRound(stage, gateway, plan, figures, say);
    }
  }
  const results: GatewayResult[] = [];
  for (const [gateway, figures] of rounds) {
    const directions = new Map(
      DIRECTIONS.map((direction) => [direction, summary(figures.get(direction) ?? [])]),
    );
    results.push({
      gateway,
      directions,
      memory: gateway.noMemory ? [] : await measureMemory(stage, gateway, plan, say),
    });
  }
  return results;
}

function newRounds(): Map<Direction, Round[]> {
  return new Map(DIRECTIONS.map((direction) => [direction, []]));
}

function oneRound(stage: Stage, gateway: Gateway, plan: Plan, figures: Map<Direction, Round[]>, say: Say) {
  return stage.with(gateway, 1, async ({ pid }) => {
    if ((await stage.join(0, 1)) < 1) throw new Error(`${gateway.name} did not answer a join`);
    for (const direction of DIRECTIONS) {
      const way = flow(stage, direction);
      await throughput(way, pid, plan.warmUp);
      const rate = await throughput(way, pid, plan.throughput);
      const alone = await latency(way, { messages: plan.alone, every: 0 });
      const steady = await latency(way, plan.steady);
      figures.get(direction)?.push({ rate, alone, steady });
      say(
        `  ${direction} ${Math.round(rate.perSecond)}/s, ${rate.cpu.toFixed(1)} µs CPU each` +
          ` (load ${rate.generatorCpu.toFixed(1)}), p50 ${median(alone).toFixed(2)} ms,` +
          ` p99 ${quantile(alone, 0.99).toFixed(2)} ms, steady ${median(steady).toFixed(2)} / ${quantile(steady, 0.99).toFixed(2)} ms`,
      );
    }
  });
}

function measureMemory(stage: Stage, gateway: Gateway, plan: Plan, say: Say): Promise<readonly Memory[]> {
  say(`memory: ${gateway.name}`);
  return stage.with(gateway, Math.max(...plan.sessions), async ({ pid }) => {
    const figures = await memory(stage, pid, plan.sessions);
    for (const { sessions, resident, perSession } of figures) {
      say(
        `  ${sessions} sessions: ${(resident / 2 ** 20).toFixed(1)} MiB, ${(perSession / 1024).toFixed(1)} KiB each`,
      );
    }
    return figures;
  });
}

function summary(rounds: readonly Round[]): DirectionResult {
  const speeds = rounds.map(({ rate }) => rate.perSecond);
  return {
    perSecond: median(speeds),
    range: [Math.min(...speeds), Math.max(...speeds)],
    cpu: median(rounds.map(({ rate }) => rate.cpu)),
    generatorCpu: median(rounds.map(({ rate }) => rate.generatorCpu)),
    alone: quantiles(rounds.flatMap(({ alone }) => alone)),
    steady: quantiles(rounds.flatMap(({ steady }) => steady)),
  };
}

function quantiles(values: readonly number[]): Quantiles {
  return { p50: median(values), p99: quantile(values, 0.99) };
}
