import type { Log } from "../ops/log.ts";
import type { Store } from "../store/store.ts";

/** How often the archive is looked over, milliseconds; each look does a bounded amount of work. */
const EVERY = 10_000;
/** Soon again while there is more to remove. */
const AGAIN = 100;

/** Removes what is past its age or number from the archive, little by little, until `stop`. */
export function keepTidy(store: Store, log: Log): { stop(): void } {
  let timer = setTimeout(look, EVERY);
  function look(): void {
    let removed = 0;
    try {
      removed = store.archive.prune();
    } catch (error) {
      log.warn({ err: error }, "old messages could not be removed from the archive");
    }
    timer = setTimeout(look, removed > 0 ? AGAIN : EVERY);
  }
  return { stop: () => clearTimeout(timer) };
}
