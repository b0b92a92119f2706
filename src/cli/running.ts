import { setTimeout as wait } from "node:timers/promises";
import { createRouter } from "../gateway/router.ts";
import type { Log } from "../ops/log.ts";
import type { Engine } from "../queue/engine.ts";
import type { Composition } from "./compose.ts";
import type { Web } from "./web.ts";

/** How long a stop waits for messages that can be handed over, milliseconds. */
const DRAIN_LIMIT = 10_000;
/** How long leaving networks and streams may take after that, milliseconds. */
const CLOSE_LIMIT = 3_000;
/** How long questions over HTTP that are under way may take after that, milliseconds. */
const WEB_CLOSE_LIMIT = 500;
const LOOK_EVERY = 20;
/** What has not moved for so long waits for a back-off: there is no use in waiting with it, milliseconds. */
const STUCK_AFTER = 1_000;

/** Connects everything and begins to hand over what an earlier life left. */
export async function run({ gateways, engine }: Composition): Promise<void> {
  for (const gateway of gateways.values()) gateway.start();
  await engine.start(createRouter(gateways));
}

/**
 * Leaves cleanly: takes nothing new, hands over what it can in {@link DRAIN_LIMIT}, leaves the
 * networks, closes the streams and the data file. What could not go is kept for the next start.
 */
export async function stopAll(composition: Composition, web: Web, log: Log): Promise<void> {
  const { gateways, engine, database } = composition;
  const end = Date.now() + DRAIN_LIMIT;
  web.stopping();
  for (const gateway of gateways.values()) gateway.refuseNew();
  await drained(engine, end);
  await engine.stop(Math.max(0, end - Date.now()));
  await Promise.all([...gateways.values()].map((gateway) => gateway.stop(CLOSE_LIMIT)));
  await web.close(WEB_CLOSE_LIMIT);
  await database.flushed();
  const { waiting } = engine.stats();
  database.close();
  if (waiting > 0)
    log.info({ waiting }, "messages that could not be handed over now are kept for the next start");
}

/** Resolves when all that waits is held back by its network, nothing moves any more, or at the end. */
async function drained(engine: Engine, end: number): Promise<void> {
  let least = Number.POSITIVE_INFINITY;
  let movedAt = Date.now();
  while (Date.now() < end) {
    const { waiting, lanes, held } = engine.stats();
    if (waiting === 0 || lanes <= held || Date.now() - movedAt > STUCK_AFTER) return;
    if (waiting < least) {
      least = waiting;
      movedAt = Date.now();
    }
    await wait(LOOK_EVERY);
  }
}
