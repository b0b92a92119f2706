import type { Database } from "../../sqlite/database.ts";
import type { EngineClock, EngineDeps } from "../deps.ts";
import type { Limits } from "../engine.ts";
import { pruneRows, pruneTicks, tickEvery } from "./bounds.ts";
import type { DeadLetters } from "./dead-letters.ts";
import type { Ledger } from "./ledger.ts";
import type { Tables } from "./tables.ts";

/** How far the wall clock may drift from steady time in one tick before it counts as a jump, milliseconds. */
const jump = 500;

export interface UpkeepHandler {
  /** Endings that the disk did not take may be written again now. */
  writeAgain(): void;
  /** The wall clock jumped. */
  clockJumped(): void;
  /** An operator asked for dead letters to be put back. */
  putBack(wanted: readonly { readonly id: string; readonly deadline: number }[]): void;
}

interface Parts {
  readonly database: Database;
  readonly tables: Tables;
  readonly ledger: Ledger;
  readonly dead: DeadLetters;
  readonly limits: Limits;
  readonly deps: EngineDeps;
}

/** What an engine does once a second, in bounded work: nothing here grows with the lanes. */
export class Upkeep {
  readonly #parts: Parts;
  readonly #handler: UpkeepHandler;
  readonly #clock: EngineClock;
  #timer: { cancel(): void } | undefined;
  #version: number;
  #offset: number;
  #ticks = 0;

  constructor(parts: Parts, handler: UpkeepHandler) {
    this.#parts = parts;
    this.#handler = handler;
    this.#clock = parts.deps.clock;
    this.#version = parts.tables.version();
    this.#offset = this.#wallOffset();
  }

  start(): void {
    this.#handler.putBack(this.#parts.dead.wanted());
    this.#timer = this.#clock.setTimeout(this.#tick, tickEvery);
  }

  stop(): void {
    this.#timer?.cancel();
    this.#timer = undefined;
  }

  #tick = (): void => {
    this.#timer = this.#clock.setTimeout(this.#tick, tickEvery);
    try {
      this.#handler.writeAgain();
      this.#lookAtClock();
      this.#lookAtFile();
      this.#ticks += 1;
      if (this.#ticks % pruneTicks === 0) this.#prune();
    } catch (error) {
      this.#parts.deps.log.error({ reason: String(error) }, "the queue's upkeep failed; it is tried again");
    }
  };

  #wallOffset(): number {
    return this.#clock.now() - (this.#clock.monotonic?.() ?? performance.now());
  }

  #lookAtClock(): void {
    const offset = this.#wallOffset();
    if (Math.abs(offset - this.#offset) > jump) this.#handler.clockJumped();
    this.#offset = offset;
  }

  #lookAtFile(): void {
    const version = this.#parts.tables.version();
    if (version === this.#version) return;
    this.#version = version;
    this.#parts.dead.recount();
    this.#handler.putBack(this.#parts.dead.wanted());
  }

  #prune(): void {
    const { database, ledger, dead, limits } = this.#parts;
    const now = this.#clock.now();
    void database.write(() => {
      ledger.prune(now);
      dead.prune(now - limits.deadAge, pruneRows);
    });
  }
}
