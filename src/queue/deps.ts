/** What an engine needs from outside. The types fit adapter.ts's Clock and Logger. */
export interface EngineDeps {
  readonly clock: EngineClock;
  /** 0 ≤ n < 1. */
  readonly random: () => number;
  readonly log: EngineLog;
}

export interface EngineClock {
  /** Wall time, milliseconds since 1970: deadlines and ages. It may jump. */
  now(): number;
  /** Time that never jumps, milliseconds since any moment: back-off. `performance.now` where absent. */
  monotonic?(): number;
  setTimeout(run: () => void, ms: number): { cancel(): void };
}

export interface EngineLog {
  info(fields: object, message: string): void;
  warn(fields: object, message: string): void;
  error(fields: object, message: string): void;
}
