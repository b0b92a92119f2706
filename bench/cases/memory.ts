import { setTimeout as pause } from "node:timers/promises";
import { residentOf } from "../process.ts";
import type { Stage } from "../stage.ts";

/** Memory counts as settled when it moved by less than this part in so many readings, a second apart. */
const STEADY = 0.005;
const READINGS = 4;
const MOST_READINGS = 30;

export interface Memory {
  readonly sessions: number;
  /** Resident set, bytes. */
  readonly resident: number;
  /** (resident − resident without sessions) / sessions, bytes. */
  readonly perSession: number;
}

/**
 * Joins users up to each of `steps`, and reads the memory when it has settled; the first is for no
 * session. It ends at the step that the gateway does not reach; that one has the number it did reach.
 */
export async function memory(
  stage: Stage,
  pid: number,
  steps: readonly number[],
): Promise<readonly Memory[]> {
  const empty = await settled(pid);
  const results: Memory[] = [{ sessions: 0, resident: empty, perSession: 0 }];
  let joined = 0;
  for (const step of steps) {
    joined += await stage.join(joined, step);
    const resident = await settled(pid);
    results.push({ sessions: joined, resident, perSession: (resident - empty) / joined });
    if (joined < step) break;
  }
  return results;
}

async function settled(pid: number): Promise<number> {
  const readings: number[] = [];
  while (readings.length < MOST_READINGS) {
    readings.push(residentOf(pid));
    const last = readings.slice(-READINGS);
    const most = Math.max(...last);
    if (last.length === READINGS && most - Math.min(...last) < most * STEADY) break;
    await pause(1000);
  }
  return readings.at(-1) ?? 0;
}
