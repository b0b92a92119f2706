import type { Process } from "../ops/lifecycle.ts";
import type { Log } from "../ops/log.ts";
import type { Database } from "../sqlite/database.ts";

/** How long the senders of what was refused have to be told so, milliseconds. */
const TELL_LIMIT = 200;

/**
 * Ends the process, exit 1, once the disk failed to keep a commit: no clean stop can be recorded any
 * more, and what is on the disk is known only when the file is opened again. A supervisor starts it anew.
 */
export function endWhenBroken(
  process: Pick<Process, "exit">,
  database: Pick<Database, "onBroken">,
  log: Log,
): void {
  database.onBroken((error) => {
    setTimeout(() => process.exit(1), TELL_LIMIT);
    log.error({}, `stopping, to be started again: ${error.message}`);
  });
}
