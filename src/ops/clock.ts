/** The system's clock and timers, in the shape that adapters and engines are given. */
export const systemClock = {
  /** Milliseconds since 1970. */
  now: (): number => Date.now(),
  setTimeout(run: () => void, ms: number): { cancel(): void } {
    const timer = setTimeout(run, ms);
    return { cancel: () => clearTimeout(timer) };
  },
};
