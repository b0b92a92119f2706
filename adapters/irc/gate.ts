import type { Clock, Timer } from "../../src/adapter.ts";

/** One that waits at a {@link Gate}. */
export interface Ticket {
  /** Gives up the place in the queue; nothing happens where its turn has been. */
  cancel(): void;
}

/** Spaces the connection attempts to one server, over all users, first come first served. */
export interface Gate {
  /** Calls `run` when it is its turn: at once where nobody waits and the rate allows. */
  enter(run: () => void): Ticket;
  /** How many wait. */
  readonly waiting: number;
}

/** A gate that lets at most `ratePerSecond` through in any second, evenly spaced after a pause. */
export function createGate(ratePerSecond: number, clock: Clock): Gate {
  const gap = 1000 / Math.max(ratePerSecond, 0.001);
  const queue = new Set<() => void>();
  let freeAt = Number.NEGATIVE_INFINITY;
  let timer: Timer | undefined;

  function pump(): void {
    timer = undefined;
    for (const run of queue) {
      // A clock that was set back holds nobody up for longer than one gap.
      freeAt = Math.min(freeAt, clock.now() + gap);
      const wait = freeAt - clock.now();
      if (wait > 0) {
        timer = clock.setTimeout(pump, Math.ceil(wait));
        return;
      }
      queue.delete(run);
      freeAt = clock.now() + gap;
      run();
    }
  }

  return {
    enter(run) {
      const entry = () => run();
      queue.add(entry);
      if (timer === undefined) pump();
      return { cancel: () => void queue.delete(entry) };
    },
    get waiting() {
      return queue.size;
    },
  };
}
