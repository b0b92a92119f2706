import { existsSync, rmSync, statfsSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { CheckResult } from "../adapter.ts";
import type { LoadedConfig } from "../config/load.ts";
import { reason } from "../config/secrets.ts";
import { UserError } from "../domain/errors.ts";
import { isLocked } from "../sqlite/lock.ts";
import { dataFile, prepareDataDir } from "./paths.ts";

/** Less free space than this is too little to be safe, bytes. */
const LEAST_SPACE = 100 * 1024 * 1024;

/** Whether a gateway runs on this config's data now. */
export function gatewayRuns(loaded: LoadedConfig): boolean {
  return existsSync(dataFile(loaded)) && isLocked(dataFile(loaded));
}

/** The data folder: writable, with room. */
export async function checkData(loaded: LoadedConfig): Promise<CheckResult[]> {
  const what = `data_dir ${loaded.dataDir}`;
  try {
    prepareDataDir(loaded);
    writeProbe(loaded.dataDir);
  } catch (error) {
    const text = error instanceof UserError ? error.message : `cannot be written: ${reason(error)}`;
    return [{ what, ok: false, text }];
  }
  const text = gatewayRuns(loaded) ? "can be written; the gateway is running on it" : "can be written";
  return [{ what, ok: true, text }, checkSpace(loaded.dataDir)];
}

function writeProbe(folder: string): void {
  const probe = join(folder, `.check-${process.pid}`);
  try {
    writeFileSync(probe, "isthmus check\n", { flag: "wx" });
  } finally {
    rmSync(probe, { force: true });
  }
}

function checkSpace(folder: string): CheckResult {
  const { bavail, bsize } = statfsSync(folder);
  const free = bavail * bsize;
  const shown =
    free < 10 * 1024 ** 3 ? `${Math.floor(free / 1024 ** 2)} MB` : `${Math.floor(free / 1024 ** 3)} GB`;
  if (free >= LEAST_SPACE) return { what: "disk space", ok: true, text: `${shown} free` };
  return {
    what: "disk space",
    ok: false,
    text: `${shown} free for data_dir; make room, or new messages will be refused when it is full`,
  };
}
