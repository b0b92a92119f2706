import type { Tally } from "../ends/tally.ts";
import { cpuOf } from "../process.ts";
import { type Flow, reserve } from "./flow.ts";

/** No arrival for so long, milliseconds, with messages on their way: they are lost. */
const STALLED = 15_000;
const MICROS = 1e6;
/** Numbers set aside for one run. */
const MOST = 5_000_000;

export interface ThroughputPlan {
  /** How long to send, milliseconds. */
  readonly ms: number;
  /** Most messages on their way: sent, and not yet come out everywhere they have to. */
  readonly window: number;
}

export interface Throughput {
  readonly messages: number;
  readonly perSecond: number;
  /** CPU of the gateway, microseconds a message. */
  readonly cpu: number;
  /** CPU of the load generator, microseconds a message: its ceiling is a million through this. */
  readonly generatorCpu: number;
}

/** Keeps the window full for the time of the plan, then waits for every message and checks count and order. */
export async function throughput(flow: Flow, pid: number, plan: ThroughputPlan): Promise<Throughput> {
  const cpu = cpuOf(pid);
  const own = process.cpuUsage();
  const began = performance.now();
  const messages = await pump(flow, plan);
  const ms = performance.now() - began;
  const spent = process.cpuUsage(own);
  return {
    messages,
    perSecond: (messages / ms) * 1000,
    cpu: ((cpuOf(pid) - cpu) * MICROS) / messages,
    generatorCpu: (spent.user + spent.system) / messages,
  };
}

/** Resolves with the number of messages when all of them have arrived; rejects when some do not. */
function pump(flow: Flow, plan: ThroughputPlan): Promise<number> {
  const first = reserve(MOST);
  const deadline = performance.now() + plan.ms;
  const { promise, resolve, reject } = Promise.withResolvers<number>();
  let sent = 0;
  let progress = 0;
  const step = () => {
    const arrived = fewest(tallies);
    const open = performance.now() < deadline && sent < MOST;
    const free = plan.window - (sent - arrived);
    if (open && free >= plan.window / 8) {
      flow.send(first + sent, free);
      sent += free;
    } else if (!open && arrived >= sent) resolve(sent);
  };
  const tallies = flow.watch(first, step);
  const stall = setInterval(() => {
    const arrived = fewest(tallies);
    if (arrived === progress)
      reject(new Error(`${flow.name}: ${arrived} of ${sent} messages arrived, then nothing`));
    progress = arrived;
  }, STALLED);
  step();
  return promise.then((count) => verify(flow, tallies, count)).finally(() => clearInterval(stall));
}

function fewest(tallies: readonly Tally[]): number {
  return Math.min(...tallies.map((tally) => tally.seen));
}

/** Every message everywhere once and in order, or an error: a fast gateway that loses is not fast. */
export function verify(flow: Flow, tallies: readonly Tally[], count: number): number {
  flow.check();
  for (const { seen, strays } of tallies) {
    if (seen !== count || strays > 0) {
      throw new Error(`${flow.name}: ${count} sent, ${seen} arrived, ${strays} out of order`);
    }
  }
  return count;
}
