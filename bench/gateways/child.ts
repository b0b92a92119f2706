import { type ChildProcess, spawn } from "node:child_process";
import { createWriteStream } from "node:fs";
import { join } from "node:path";
import type { Running } from "./gateway.ts";

/** How long a gateway may take to leave after SIGTERM, milliseconds. */
const STOP_WITHIN = 15_000;

const running = new Set<ChildProcess>();
process.once("exit", () => {
  for (const child of running) child.kill("SIGKILL");
});

/**
 * Starts a gateway, its output in `output.log` of its folder. If it ends before it is told to, that
 * is reported on stderr with the place of the log: the case then fails by its own time limit.
 */
export function start(command: string, args: readonly string[], folder: string): Running {
  const log = createWriteStream(join(folder, "output.log"), { flags: "a" });
  const child = spawn(command, args, { stdio: ["ignore", "pipe", "pipe"] });
  child.stdout.pipe(log, { end: false });
  child.stderr.pipe(log, { end: false });
  running.add(child);
  let stopping = false;
  const gone = new Promise<void>((resolve) => {
    child.once("error", (error) => process.stderr.write(`${command}: ${error.message}\n`));
    child.once("close", (code, signal) => {
      running.delete(child);
      log.end();
      if (!stopping)
        process.stderr.write(`${command} ended early (${code ?? signal}); see ${folder}/output.log\n`);
      resolve();
    });
  });
  return {
    pid: child.pid ?? 0,
    async stop() {
      stopping = true;
      child.kill("SIGTERM");
      const timer = setTimeout(() => child.kill("SIGKILL"), STOP_WITHIN);
      await gone;
      clearTimeout(timer);
    },
  };
}
