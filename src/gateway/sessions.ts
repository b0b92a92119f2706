import type { Adapter, Clock, Logger, Session, StateReport } from "../adapter.ts";
import type { Inbound } from "../domain/events.ts";

interface Entry {
  readonly session: Session;
  /** When it was last used, milliseconds since 1970. */
  usedAt: number;
  /** An event of it was refused: it reads nothing until resumed. */
  paused: boolean;
}

/** What sessions tell the gateway. */
export interface SessionEvents {
  deliver(user: string, events: readonly Inbound[]): Promise<void>;
  state(user: string, report: StateReport): void;
}

/** The sessions of one component: opened on first need, closed when idle. */
export class Sessions {
  readonly #entries = new Map<string, Entry>();
  readonly #adapter: Adapter;
  readonly #component: string;
  readonly #events: SessionEvents;
  readonly #clock: Clock;
  readonly #log: Logger;

  constructor(adapter: Adapter, component: string, events: SessionEvents, clock: Clock, log: Logger) {
    this.#adapter = adapter;
    this.#component = component;
    this.#events = events;
    this.#clock = clock;
    this.#log = log;
  }

  get size(): number {
    return this.#entries.size;
  }

  /** Everyone who has one. */
  users(): string[] {
    return [...this.#entries.keys()];
  }

  has(user: string): boolean {
    return this.#entries.has(user);
  }

  /** The user's session, where there is one. */
  peek(user: string): Session | undefined {
    return this.#entries.get(user)?.session;
  }

  /** The user's session, opened where there is none. */
  use(user: string): Session {
    const entry = this.#entries.get(user) ?? this.#open(user);
    entry.usedAt = this.#clock.now();
    return entry.session;
  }

  #open(user: string): Entry {
    const registration = { user, component: this.#component, fields: {} };
    const session = this.#adapter.open(registration, {
      deliver: (events) => this.#deliver(user, events),
      state: (report) => this.#events.state(user, report),
    });
    const entry = { session, usedAt: this.#clock.now(), paused: false };
    this.#entries.set(user, entry);
    session.connect();
    return entry;
  }

  async #deliver(user: string, events: readonly Inbound[]): Promise<void> {
    try {
      await this.#events.deliver(user, events);
    } catch (error) {
      const entry = this.#entries.get(user);
      if (entry !== undefined) entry.paused = true;
      throw error;
    }
  }

  /** There is room again: sessions that were refused read on. */
  resumeAll(): void {
    for (const entry of this.#entries.values()) {
      if (!entry.paused) continue;
      entry.paused = false;
      entry.session.resume();
    }
  }

  /** Closes sessions that are idle since before that time. */
  closeIdle(before: number): void {
    for (const [user, entry] of this.#entries) {
      if (entry.usedAt < before && entry.session.idle) this.close(user, "Idle");
    }
  }

  /** Closes one user's session; the user may open it again. */
  close(user: string, reason: string, ms = 5_000): Promise<void> {
    const entry = this.#entries.get(user);
    if (entry === undefined) return Promise.resolve();
    this.#entries.delete(user);
    return entry.session.close(reason, ms).catch((error: unknown) => {
      this.#log.warn({ user, err: String(error) }, "a session did not close cleanly");
    });
  }

  async closeAll(reason: string, ms: number): Promise<void> {
    await Promise.all([...this.#entries.keys()].map((user) => this.close(user, reason, ms)));
  }
}
