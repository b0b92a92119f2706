import { accessSync, constants, existsSync, mkdirSync } from "node:fs";
import { join } from "node:path";
import type { LoadedConfig } from "../config/load.ts";
import { reason } from "../config/secrets.ts";
import { UserError } from "../domain/errors.ts";

/** Where a config is looked for, in this order, where none is named. */
export function findConfig(named: string | undefined, env: NodeJS.ProcessEnv = process.env): string {
  if (named !== undefined) return named;
  if (env.ISTHMUS_CONFIG !== undefined && env.ISTHMUS_CONFIG !== "") return env.ISTHMUS_CONFIG;
  const system = "/etc/isthmus/isthmus.yaml";
  return !existsSync("isthmus.yaml") && existsSync(system) ? system : "isthmus.yaml";
}

/** The file of queue and archive. */
export function dataFile(loaded: LoadedConfig): string {
  return join(loaded.dataDir, "isthmus.db");
}

/**
 * Makes the data folder where there is none, for its owner alone.
 *
 * @throws UserError where it cannot be made or written
 */
export function prepareDataDir(loaded: LoadedConfig): void {
  try {
    mkdirSync(loaded.dataDir, { recursive: true, mode: 0o700 });
    accessSync(loaded.dataDir, constants.W_OK | constants.X_OK);
  } catch (error) {
    throw new UserError(
      `${loaded.file}: data_dir: ${loaded.dataDir} cannot be written: ${reason(error)}; choose a folder that this user can write`,
    );
  }
}
