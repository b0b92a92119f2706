import type { Clock, Timer } from "../adapter.ts";
import type { LinkLimits } from "./link.ts";

/** How many time-outs in a row a server may let a ping wait while other stanzas of its still come. */
const patience = 4;

export interface WatchdogHooks {
  /** It was quiet for long: ask the server for a word. */
  ping(): void;
  /** The stream is dead. */
  dead(): void;
}

/**
 * Finds a stream that is dead though its socket is not: a peer that is half open, a server that is
 * stuck. Two timers for the whole stream, however many pings: one looks now and then whether
 * anything came, the other whether pings are answered. It goes by what happened between two looks,
 * not by the clock, which may jump.
 */
export class Watchdog {
  readonly #clock: Clock;
  readonly #limits: Pick<LinkLimits, "pingInterval" | "pingTimeout">;
  readonly #hooks: WatchdogHooks;
  #quiet: Timer | undefined;
  #answer: Timer | undefined;
  #deciding: NodeJS.Immediate | undefined;
  #running = false;
  #paused = false;
  #heard = false;
  #waiting = 0;
  #answered = false;
  #heardSince = false;
  #patience = patience;

  constructor(clock: Clock, limits: Pick<LinkLimits, "pingInterval" | "pingTimeout">, hooks: WatchdogHooks) {
    this.#clock = clock;
    this.#limits = limits;
    this.#hooks = hooks;
  }

  start(): void {
    this.stop();
    this.#running = true;
    this.#heard = true;
    this.#lookLater();
  }

  stop(): void {
    this.#running = false;
    this.#waiting = 0;
    this.#quiet?.cancel();
    this.#answer?.cancel();
    clearImmediate(this.#deciding);
    this.#quiet = undefined;
    this.#answer = undefined;
    this.#deciding = undefined;
  }

  /** While nothing is read nothing can be heard. */
  pause(paused: boolean): void {
    this.#paused = paused;
    this.heard();
  }

  /** Something came from the server. */
  heard(): void {
    this.#heard = true;
    this.#heardSince = true;
  }

  /** So many pings wait for their answer now; `answered`: one has just got it. */
  waiting(count: number, answered: boolean): void {
    this.#waiting = count;
    if (answered) {
      this.#answered = true;
      this.#patience = patience;
    }
    const watched = this.#answer !== undefined || this.#deciding !== undefined;
    if (count > 0 && !watched && this.#running) this.#expect();
  }

  #lookLater(): void {
    this.#quiet = this.#clock.setTimeout(() => {
      if (!this.#heard && !this.#paused && this.#waiting === 0) this.#hooks.ping();
      this.#heard = false;
      if (this.#running) this.#lookLater();
    }, this.#limits.pingInterval);
  }

  #expect(): void {
    this.#answered = false;
    this.#heardSince = false;
    this.#answer = this.#clock.setTimeout(() => this.#timedOut(), this.#limits.pingTimeout);
  }

  #timedOut(): void {
    this.#answer = undefined;
    if (this.#waiting === 0) return;
    if (this.#answered || this.#paused) this.#expect();
    // Timers run before sockets are read: what came while the process was busy is still to be read.
    else this.#deciding = setImmediate(() => this.#decide());
  }

  #decide(): void {
    this.#deciding = undefined;
    if (this.#waiting === 0) return;
    if (this.#answered || this.#paused || (this.#heardSince && --this.#patience > 0)) this.#expect();
    else this.#hooks.dead();
  }
}
