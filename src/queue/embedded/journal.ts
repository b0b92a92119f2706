import type { Envelope } from "../../domain/envelope.ts";
import type { Database } from "../../sqlite/database.ts";
import type { EngineDeps } from "../deps.ts";
import type { DeadLetters } from "./dead-letters.ts";
import type { Entry, Lane } from "./lane.ts";
import type { Lanes } from "./lanes.ts";
import type { Ledger } from "./ledger.ts";
import { addHappening, type History } from "./packing.ts";
import type { Tables } from "./tables.ts";

/** An envelope with its packed form. */
export interface Packed {
  readonly envelope: Envelope;
  readonly data: string;
}

/** How envelopes ended, to be put on record as one. */
export interface Settlement {
  /** All that ended, in order. */
  readonly entries: readonly Entry[];
  /** Those of them that go to the dead letters. */
  readonly dead: readonly {
    readonly entry: Entry;
    readonly state: "failed" | "expired";
    readonly reason: string;
  }[];
  readonly follow: readonly Packed[];
}

/** A batch whose attempt is being put on record. */
export interface Recording {
  readonly lane: Lane;
  readonly entries: readonly Entry[];
}

export interface JournalHandler {
  /** A commit is through: these lanes have something new (with repetitions), these attempts may be made. */
  durable(appended: readonly Lane[], recorded: readonly Recording[]): void;
  /** The disk did not take it: these attempts must not be made. */
  notRecorded(recordings: readonly Recording[], reason: string): void;
}

interface Turn {
  readonly appended: Lane[];
  readonly recordings: Recording[];
  readonly settlements: Settlement[];
}

interface Parts {
  readonly database: Database;
  readonly tables: Tables;
  readonly ledger: Ledger;
  readonly dead: DeadLetters;
  readonly lanes: Lanes;
  readonly deps: EngineDeps;
  /** Most envelopes of one drain. */
  readonly batch: number;
}

/**
 * Writes the lanes' changes and keeps memory in step with what the disk took. A turn that is rolled
 * back: its appends are undone, its attempts are not made, and its endings are written again until
 * the disk takes them, for they are facts.
 */
export class Journal {
  /** All envelopes up to here are durable. */
  durableSeq: number;
  /** Appends can expect to be drained soon. */
  draining = false;
  readonly #parts: Parts;
  readonly #handler: JournalHandler;
  #seq: number;
  #turn: Turn = newTurn();
  #unwritten: Settlement[] = [];
  #trouble = "";
  /** Lanes may stand still since endings waited for the disk. */
  #stood = false;
  /** What is committed, and not yet on disk. */
  #syncing: Turn | undefined;
  /** The disk failed for good. */
  #broken: string | undefined;

  /** `seq` is the highest that is on disk. */
  constructor(parts: Parts, handler: JournalHandler, seq: number) {
    this.#parts = parts;
    this.#handler = handler;
    this.#seq = seq;
    this.durableSeq = seq;
    parts.database.onCommit(() => this.#committed());
    parts.database.onRollback((error) => this.#rolledBack(error.message));
    parts.database.onBroken((error) => this.#broke(error.message));
  }

  /** Why nothing more can be taken: endings wait for the disk, or it failed for good. Undefined where it can. */
  get blocked(): string | undefined {
    if (this.#broken !== undefined) return this.#broken;
    return this.#unwritten.length === 0 ? undefined : this.#trouble;
  }

  /** Adds an envelope inside a write; false where the ledger has its key. */
  insert({ envelope, data }: Packed, earlier?: { tries: number; history: History }): boolean {
    const { tables, ledger, lanes, deps } = this.#parts;
    if (envelope.dedupe !== undefined && !ledger.enter(envelope.lane, envelope.dedupe, deps.clock.now())) {
      return false;
    }
    this.#seq += 1;
    const tries = earlier?.tries ?? 0;
    const known = lanes.get(envelope.lane);
    const recorded = earlier === undefined && this.#isNext(known) ? 1 : tries;
    tables.insert(this.#seq, envelope.lane, recorded, data);
    if (earlier !== undefined) tables.trouble(this.#seq, "ready", undefined, earlier.history);
    const lane = known ?? lanes.open(envelope.lane);
    const history = earlier?.history;
    lanes.push(lane, { seq: this.#seq, envelope, size: data.length, tries, recorded, history });
    this.#turn.appended.push(lane);
    return true;
  }

  /**
   * Whether an envelope appended now would be in the lane's next drain: then its first attempt is put
   * on record together with it, and one commit is enough. At worst, after a crash, an attempt counts
   * that was not made.
   */
  #isNext(lane: Lane | undefined): boolean {
    if (!this.draining) return false;
    if (lane === undefined) return true;
    return lane.length < 8 * this.#parts.batch && lane.state !== "backoff" && lane.state !== "held";
  }

  /** Puts an attempt on record; the handler hears when it may be made. */
  record(recording: Recording): void {
    const write = () => {
      this.#turn.recordings.push(recording);
      this.#parts.tables.record(recording.entries.filter((entry) => entry.recorded === entry.tries));
    };
    this.#write(write, (reason) => this.#handler.notRecorded([recording], reason));
  }

  /** Puts endings on record, and what follows from them. */
  settle(settlement: Settlement): void {
    if (this.#unwritten.length > 0) this.#unwritten.push(settlement);
    else this.#writeSettlements([settlement]);
  }

  /** Writes again the endings that the disk did not take. */
  writeAgain(): void {
    if (this.#unwritten.length > 0) this.#writeSettlements(this.#unwritten.splice(0));
  }

  /** Keeps what went wrong with an envelope, and how its lane waits. */
  trouble(entry: Entry, state: string, reason: string, nextAt: number | undefined): void {
    const history = addHappening(entry.history, this.#parts.deps.clock.now(), reason);
    entry.history = history;
    void this.#parts.database.write(() => this.#parts.tables.trouble(entry.seq, state, nextAt, history));
  }

  #writeSettlements(settlements: readonly Settlement[]): void {
    const write = () => {
      // First on the turn's list, then written: what fails halfway is rolled back and written again.
      for (const settlement of settlements) this.#turn.settlements.push(settlement);
      for (const settlement of settlements) this.#apply(settlement);
    };
    this.#write(write, (reason) => {
      this.#unwritten.push(...settlements);
      this.#stand(reason);
    });
  }

  #apply({ entries, dead, follow }: Settlement): void {
    const { tables } = this.#parts;
    tables.remove(entries);
    for (const entry of entries) if (entry.history !== undefined) tables.untrouble(entry.seq);
    const now = dead.length > 0 ? this.#parts.deps.clock.now() : 0;
    for (const { entry, state, reason } of dead) this.#parts.dead.bury(entry, state, reason, now);
    for (const packed of follow) this.insert(packed);
  }

  /** `refused` runs where not even a transaction could begin, so that nothing will be rolled back. */
  #write(write: () => void, refused: (reason: string) => void): void {
    let begun = false;
    void this.#parts.database.write(() => {
      begun = true;
      write();
    });
    if (!begun) refused("the data file is closed, or locked by another process");
  }

  /** What the turn held is taken aside; returned is what to do when it is on disk. */
  #committed(): () => void {
    const turn = this.#turn;
    const seq = this.#seq;
    this.#turn = newTurn();
    this.#syncing = turn;
    return () => {
      this.#syncing = undefined;
      this.durableSeq = seq;
      for (const { entries } of turn.recordings)
        for (const entry of entries) entry.recorded = entry.tries + 1;
      const goesOn = this.#stood && this.blocked === undefined;
      if (goesOn) this.#stood = false;
      if (turn.appended.length === 0 && turn.recordings.length === 0 && !goesOn) return;
      this.#handler.durable(turn.appended, turn.recordings);
    };
  }

  /** No drain begins while endings wait; the commit that has the last of them lets the lanes go on. */
  #stand(reason: string): void {
    this.#trouble = reason;
    if (this.#unwritten.length > 0) this.#stood = true;
  }

  #rolledBack(reason: string): void {
    const turn = this.#turn;
    this.#turn = newTurn();
    this.#unappend(turn);
    this.#unwritten = [...turn.settlements, ...this.#unwritten];
    this.#stand(reason);
    this.#parts.dead.recount();
    const { appended, recordings, settlements } = turn;
    const lost = { appended: appended.length, attempts: recordings.length, endings: settlements.length };
    this.#parts.deps.log.error(
      { ...lost, reason },
      "the queue could not write; what was to be added was refused",
    );
    this.#handler.notRecorded(recordings, reason);
  }

  /** What was rolled back is undone already; what was committed was refused with it. */
  #broke(reason: string): void {
    this.#broken = reason;
    const turn = this.#syncing;
    if (turn === undefined) return;
    this.#syncing = undefined;
    this.#unappend(turn);
    this.#handler.notRecorded(turn.recordings, reason);
  }

  #unappend({ appended }: Turn): void {
    for (const lane of appended.reverse()) this.#parts.lanes.pop(lane);
  }
}

function newTurn(): Turn {
  return { appended: [], recordings: [], settlements: [] };
}
