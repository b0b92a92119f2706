import type { Database } from "../../sqlite/database.ts";
import type { EngineDeps } from "../deps.ts";
import type { Engine, Limits } from "../engine.ts";
import { EmbeddedEngine } from "./engine.ts";

export { defaultLimits } from "../limits.ts";
export { queueMigrations } from "./schema.ts";

/**
 * The engine for one node: lanes in the tables of {@link queueMigrations}, in a database that was
 * opened with them. It reads what an earlier life left at once; `start` begins to drain it.
 */
export function createEmbeddedEngine(database: Database, limits: Limits, deps: EngineDeps): Engine {
  return new EmbeddedEngine(database, limits, deps);
}
