import type { Answer, Route } from "./http.ts";

/** What the health of the program is known by. */
export interface Health {
  /** Makes a small durable write; rejects where the disk does not take it. */
  write(): Promise<void>;
  /** What is not there that work needs, one sentence each, without secrets; empty when all is. */
  missing(): readonly string[];
}

/** A write is made so often at most, however often somebody asks, milliseconds. */
const WRITE_EVERY = 1_000;

/**
 * `/healthz`: 200 while the process lives and its data file takes writes: if not, a restart or more
 * room is needed. `/readyz`: 200 when all that work needs is there: if not, wait. Both else 503,
 * with the reason.
 *
 * @param now steady time, milliseconds
 */
export function healthRoutes(health: Health, now: () => number): Map<string, Route> {
  const alive = remembered(() => lives(health), now);
  return new Map<string, Route>([
    ["/healthz", alive],
    ["/readyz", () => readiness(health.missing())],
  ]);
}

async function lives(health: Health): Promise<Answer> {
  try {
    await health.write();
    return { status: 200, text: "ok" };
  } catch (error) {
    return { status: 503, text: error instanceof Error ? error.message : String(error) };
  }
}

function readiness(missing: readonly string[]): Answer {
  return missing.length === 0 ? { status: 200, text: "ready" } : { status: 503, text: missing.join("\n") };
}

/** The same answer for a while: nobody can make the disk busy by asking. */
function remembered(look: () => Promise<Answer>, now: () => number): Route {
  let last: Promise<Answer> | undefined;
  let at = 0;
  return () => {
    if (last === undefined || now() - at >= WRITE_EVERY) {
      at = now();
      last = look();
    }
    return last;
  };
}
