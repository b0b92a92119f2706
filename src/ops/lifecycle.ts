import { UserError } from "../domain/errors.ts";
import type { Log } from "./log.ts";

/** What the process does on signals and at its end. */
export interface Lifecycle {
  /** Drains and closes; resolves when everything is recorded. */
  stop(): Promise<void>;
  /** Reads the config again. */
  reload(): Promise<void>;
}

/** The part of `process` that is used. */
export interface Process {
  on(event: string, listener: (value: unknown) => void): unknown;
  exit(code: number): void;
}

/** Longest that a stop may take before the process ends anyway, milliseconds. What was accepted is on disk by then. */
const STOP_LIMIT = 15_000;

/**
 * SIGTERM and SIGINT: stop cleanly, exit 0; the second of them: exit 1 at once. SIGHUP: reload. An
 * error that nobody caught: one line, exit 1, so that a supervisor starts a process whose state is known.
 */
export function watchProcess(process: Process, log: Log, life: Lifecycle): void {
  let stopping = false;
  const end = (signal: string): void => {
    if (stopping) {
      log.warn({ signal }, "stopped at once, on the second signal");
      process.exit(1);
      return;
    }
    stopping = true;
    log.info({ signal }, "stopping: taking nothing more, handing over what is under way");
    void stopWithin(life, log, STOP_LIMIT).then((code) => process.exit(code));
  };
  process.on("SIGTERM", () => end("SIGTERM"));
  process.on("SIGINT", () => end("SIGINT"));
  process.on("SIGHUP", () => void reload(life, log));
  process.on("uncaughtException", (error) => crash(process, log, error));
  process.on("unhandledRejection", (error) => crash(process, log, error));
}

async function stopWithin(life: Lifecycle, log: Log, limit: number): Promise<number> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<"late">((resolve) => {
    timer = setTimeout(resolve, limit, "late");
  });
  try {
    const first = await Promise.race([life.stop(), late]);
    if (first === "late")
      log.warn({ limit }, "stopped without waiting any longer; what was accepted is kept");
    else log.info({}, "stopped");
    return 0;
  } catch (error) {
    log.error({ err: error }, "stopping failed; what was accepted is kept");
    return 1;
  } finally {
    clearTimeout(timer);
  }
}

async function reload(life: Lifecycle, log: Log): Promise<void> {
  try {
    await life.reload();
  } catch (error) {
    // A mistake in the config is one line, as at the start; anything else is ours and keeps its trace.
    const why = error instanceof UserError ? { why: error.message } : { err: error };
    log.error(why, "reading the config again failed; the present one stays");
  }
}

function crash(process: Process, log: Log, error: unknown): void {
  try {
    log.error({ err: error }, `this is a fault in isthmus, please report it: ${String(error)}`);
  } finally {
    process.exit(1);
  }
}
