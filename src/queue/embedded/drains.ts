import type { EngineDeps } from "../deps.ts";
import type { Drainer, Limits, Outcome } from "../engine.ts";
import { storagePause } from "./bounds.ts";
import { Deque } from "./deque.ts";
import type { Journal, JournalHandler, Recording } from "./journal.ts";
import type { Entry, Lane } from "./lane.ts";
import type { Lanes } from "./lanes.ts";
import { expiryOf, nonsense, settlementOf } from "./outcomes.ts";
import { Parking } from "./parking.ts";

/** Takes lanes through their drains: ready → (recording) → draining → ready again, parked, or gone. */
export class Drains implements JournalHandler {
  readonly parking: Parking;
  readonly #active = new Set<Lane>();
  readonly #ready = new Deque<Lane>();
  readonly #lanes: Lanes;
  readonly #limits: Limits;
  readonly #deps: EngineDeps;
  #journal: Journal | undefined;
  #drainer: Drainer | undefined;
  #pumping = false;
  #quiet: (() => void) | undefined;

  constructor(lanes: Lanes, limits: Limits, deps: EngineDeps) {
    this.#lanes = lanes;
    this.#limits = limits;
    this.#deps = deps;
    this.parking = new Parking(deps.clock, (lane) => this.#due(lane));
  }

  start(drainer: Drainer, journal: Journal): void {
    this.#drainer = drainer;
    this.#journal = journal;
    journal.draining = true;
    for (const lane of this.#lanes.all()) if (lane.state === "idle") this.#queue(lane);
    this.pump();
  }

  /** Starts no drain any more; resolves when those under way have ended. */
  stop(): Promise<void> {
    if (this.#journal !== undefined) this.#journal.draining = false;
    this.parking.stop();
    if (this.#active.size === 0) return Promise.resolve();
    return new Promise((resolve) => {
      this.#quiet = resolve;
    });
  }

  /** What drains answer from now on is not heard: the file is about to be closed. */
  abandon(): void {
    this.#active.clear();
    this.#drainer = undefined;
  }

  durable(appended: readonly Lane[], recorded: readonly Recording[]): void {
    for (const lane of appended) if (lane.state === "idle") this.#queue(lane);
    for (const { lane, entries } of recorded) this.#drain(lane, entries);
    this.pump();
  }

  notRecorded(recordings: readonly Recording[], reason: string): void {
    for (const { lane } of recordings) {
      this.#leave(lane);
      this.#pause(lane, reason);
    }
  }

  #pause(lane: Lane, reason: string): void {
    this.parking.park(lane, "backoff", this.parking.time() + storagePause, reason);
  }

  wake(key: string): void {
    const lane = this.#lanes.get(key);
    if (lane !== undefined) this.#wake(lane);
    this.pump();
  }

  wakeAll(prefix: string): void {
    for (const lane of this.#active) if (lane.key.startsWith(prefix)) this.#wake(lane);
    for (const lane of this.parking.groups.beginning(prefix)) this.#wake(lane);
    this.pump();
  }

  #wake(lane: Lane): void {
    if (lane.state === "held" || lane.state === "backoff") this.#release(lane);
    else lane.woken = true;
  }

  /** Begins drains, lane by lane in turn, while there is room for them. */
  pump(): void {
    const journal = this.#journal;
    if (this.#pumping || journal === undefined) return;
    this.#pumping = true;
    while (
      journal.draining &&
      journal.blocked === undefined &&
      this.#active.size < this.#limits.concurrency
    ) {
      const lane = this.#ready.shift();
      if (lane === undefined) break;
      this.#tryBegin(lane, journal);
    }
    this.#pumping = false;
  }

  /** A lane that cannot be read from the disk waits; the others go on. */
  #tryBegin(lane: Lane, journal: Journal): void {
    try {
      this.#begin(lane, journal);
    } catch (error) {
      this.#deps.log.error(
        { lane: lane.key, reason: text(error) },
        "a lane could not be read from the data file",
      );
      this.#pause(lane, text(error));
    }
  }

  #queue(lane: Lane): void {
    lane.state = "ready";
    this.#ready.push(lane);
  }

  #release(lane: Lane): void {
    this.parking.release(lane);
    lane.reason = undefined;
    this.#queue(lane);
  }

  /** A parked lane's time has come: its back-off is over, or its head's deadline. */
  #due(lane: Lane): void {
    if (lane.backoffUntil <= this.parking.time()) {
      this.#release(lane);
    } else if (this.#expire(lane) > 0 && lane.backoffUntil !== Number.POSITIVE_INFINITY) {
      if (lane.length > 0) this.#release(lane);
    } else if (lane.length > 0) {
      const state = lane.backoffUntil === Number.POSITIVE_INFINITY ? "held" : "backoff";
      this.parking.park(lane, state, lane.backoffUntil, lane.reason ?? "");
    }
    this.pump();
  }

  /** Ends what is past its deadline at the lane's head, a batch at most; returns how many. */
  #expire(lane: Lane): number {
    if (this.#drainer === undefined || this.#journal === undefined) return 0;
    this.#lanes.load(lane, this.#limits.batch);
    const now = this.#deps.clock.now();
    const entries: Entry[] = [];
    for (const entry of lane.window.front(this.#limits.batch)) {
      if (entry.envelope.deadline > now || entry.seq > this.#journal.durableSeq) break;
      entries.push(entry);
    }
    if (entries.length === 0) return 0;
    this.#lanes.drop(lane, entries.length);
    this.#journal.settle(expiryOf(entries, this.#drainer, this.#deps.log));
    this.#lanes.closeEmpty(lane);
    return entries.length;
  }

  #begin(lane: Lane, journal: Journal): void {
    this.#lanes.load(lane, this.#limits.batch);
    const now = this.#deps.clock.now();
    const head = lane.window.at(0);
    if (head !== undefined && head.envelope.deadline <= now && this.#expire(lane) > 0) {
      this.#next(lane, journal);
      return;
    }
    const entries = this.#batch(lane, journal, now);
    if (entries.length === 0) {
      lane.state = "idle";
      this.#lanes.closeEmpty(lane);
      return;
    }
    this.#active.add(lane);
    if (head !== undefined && head.recorded > head.tries) {
      this.#drain(lane, entries);
    } else {
      lane.state = "recording";
      journal.record({ lane, entries });
    }
  }

  /**
   * The oldest that may be drained together: durable, within their deadlines, and all with or all
   * without a record of this attempt.
   */
  #batch(lane: Lane, journal: Journal, now: number): Entry[] {
    const entries: Entry[] = [];
    let onRecord = false;
    for (const entry of lane.window.front(this.#limits.batch)) {
      if (entry.seq > journal.durableSeq || entry.envelope.deadline <= now) break;
      if (entries.length === 0) onRecord = entry.recorded > entry.tries;
      else if (onRecord && entry.recorded === entry.tries) break;
      entries.push(entry);
    }
    return entries;
  }

  #drain(lane: Lane, entries: readonly Entry[]): void {
    const drainer = this.#drainer;
    if (drainer === undefined || this.#journal?.draining !== true) {
      this.#leave(lane);
      this.#queue(lane);
      return;
    }
    lane.state = "draining";
    lane.woken = false;
    const batch = entries.map((entry) => entry.envelope);
    const attempt = (entries[0]?.tries ?? 0) + 1;
    const failed = (error: unknown) => this.#ended(lane, entries, undefined, text(error));
    try {
      const answer = drainer.drain(lane.key, batch, attempt);
      answer.then(
        (outcomes) => this.#ended(lane, entries, outcomes, nonsense(outcomes, batch.length)),
        failed,
      );
    } catch (error) {
      failed(error);
    }
  }

  /** A drain answered, or did not make sense (`wrong`). */
  #ended(
    lane: Lane,
    entries: readonly Entry[],
    outcomes: readonly Outcome[] | undefined,
    wrong?: string,
  ): void {
    const journal = this.#journal;
    if (journal === undefined || !this.#active.has(lane)) return;
    if (outcomes === undefined || wrong !== undefined) {
      this.#deps.log.error({ lane: lane.key, reason: wrong }, "a drain failed; it is tried again");
      // Any of them may have been sent.
      for (const entry of entries) entry.tries += 1;
      this.#retry(lane, entries[0], wrong ?? "", undefined, journal);
    } else {
      this.#settle(lane, entries, outcomes, journal);
    }
    this.#leave(lane);
    this.pump();
  }

  #leave(lane: Lane): void {
    this.#active.delete(lane);
    if (this.#active.size === 0) this.#quiet?.();
  }

  #settle(lane: Lane, entries: readonly Entry[], outcomes: readonly Outcome[], journal: Journal): void {
    const settlement = settlementOf(entries, outcomes, this.#deps.log);
    const ended = settlement.entries.length;
    if (ended > 0) {
      this.#lanes.drop(lane, ended);
      journal.settle(settlement);
    }
    const last = outcomes[ended];
    const head = entries[ended];
    if (last?.state === "retry" && head !== undefined) {
      head.tries += 1;
      this.#retry(lane, head, last.reason, last.after, journal);
    } else if (last?.state === "hold" && head !== undefined && !lane.woken) {
      this.parking.park(lane, "held", Number.POSITIVE_INFINITY, last.reason);
      journal.trouble(head, "held", `held: ${last.reason}`, undefined);
    } else {
      this.#next(lane, journal);
    }
  }

  /** A lane goes to the end of the queue, waits for a commit, or is gone. */
  #next(lane: Lane, journal: Journal): void {
    if (lane.headSeq <= journal.durableSeq) this.#queue(lane);
    else if (!this.#lanes.closeEmpty(lane)) lane.state = "idle";
  }

  #retry(
    lane: Lane,
    head: Entry | undefined,
    reason: string,
    after: number | undefined,
    journal: Journal,
  ): void {
    if (head === undefined) return;
    const backoff = lane.woken ? 0 : this.#backoff(head.tries);
    const wait = after !== undefined && after >= 0 ? after : backoff;
    this.parking.park(lane, "backoff", this.parking.time() + wait, reason);
    const what = `attempt ${head.tries} failed: ${reason}`;
    journal.trouble(head, "backoff", what, this.parking.nextAt(lane));
  }

  /** Doubled with each attempt, the upper half of it by chance, so that lanes do not come back all at once. */
  #backoff(tries: number): number {
    const { backoffFirst, backoffMost } = this.#limits;
    const full = Math.min(backoffMost, backoffFirst * 2 ** Math.min(tries - 1, 30));
    return full / 2 + (full / 2) * this.#deps.random();
  }
}

function text(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
