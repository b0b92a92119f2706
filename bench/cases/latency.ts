import { within } from "../stage.ts";
import { type Flow, reserve } from "./flow.ts";
import { verify } from "./throughput.ts";

const ARRIVE_WITHIN = 30_000;

export interface LatencyPlan {
  readonly messages: number;
  /** Milliseconds between two messages; 0 sends the next when the last has come out everywhere. */
  readonly every: number;
}

/** Milliseconds from the write at one end to the read at the other, one figure for each message. */
export async function latency(flow: Flow, plan: LatencyPlan): Promise<readonly number[]> {
  const first = reserve(plan.messages);
  const sentAt: number[] = [];
  const took: number[] = [];
  const { promise, resolve } = Promise.withResolvers<void>();
  const send = () => {
    sentAt.push(performance.now());
    flow.send(first + sentAt.length - 1, 1);
  };
  const read = () => {
    const now = performance.now();
    for (const seen = tallies[0]?.seen ?? 0; took.length < seen; )
      took.push(now - (sentAt[took.length] ?? now));
    if (tallies.some((tally) => tally.seen < sentAt.length)) return;
    if (sentAt.length === plan.messages) resolve();
    else if (plan.every === 0) send();
  };
  const tallies = flow.watch(first, read);
  const pace =
    plan.every === 0 ? undefined : setInterval(() => sentAt.length < plan.messages && send(), plan.every);
  send();
  try {
    const limit = ARRIVE_WITHIN + plan.messages * plan.every;
    await within(limit, promise, () => `${flow.name}: ${took.length} of ${sentAt.length} messages arrived`);
  } finally {
    clearInterval(pace);
  }
  verify(flow, tallies, plan.messages);
  return took;
}
