import type { Envelope } from "../../domain/envelope.ts";
import type { Database } from "../../sqlite/database.ts";
import type { EngineDeps } from "../deps.ts";
import {
  type DeadLetter,
  type Drainer,
  type Engine,
  type EnvelopeInfo,
  type LaneInfo,
  type Limits,
  type NewEnvelope,
  QueueFullError,
  type QueueStats,
} from "../engine.ts";
import { DeadLetters, historyOnRetry } from "./dead-letters.ts";
import { Drains } from "./drains.ts";
import { Journal } from "./journal.ts";
import type { LaneState } from "./lane.ts";
import { Lanes } from "./lanes.ts";
import { Ledger } from "./ledger.ts";
import { pack, parseHistory, unpack } from "./packing.ts";
import { readDead, readEnvelope, readLanes } from "./reading.ts";
import { Tables } from "./tables.ts";
import { Upkeep } from "./upkeep.ts";

const publicState: Readonly<Record<LaneState, LaneInfo["state"]>> = {
  idle: "ready",
  ready: "ready",
  recording: "ready",
  draining: "draining",
  backoff: "backoff",
  held: "held",
};

/** Lanes on one SQLite file: what another engine would keep in Redis. */
export class EmbeddedEngine implements Engine {
  readonly #database: Database;
  readonly #limits: Limits;
  readonly #deps: EngineDeps;
  readonly #tables: Tables;
  readonly #dead: DeadLetters;
  readonly #lanes: Lanes;
  readonly #drains: Drains;
  readonly #journal: Journal;
  readonly #upkeep: Upkeep;
  #started = false;

  constructor(database: Database, limits: Limits, deps: EngineDeps) {
    this.#database = database;
    this.#limits = limits;
    this.#deps = deps;
    const tables = new Tables(database);
    const ledger = new Ledger(database.db, limits.ledgerAge);
    const dead = new DeadLetters(database.db, limits.deadMost);
    const lanes = new Lanes(tables, deps.log);
    const drains = new Drains(lanes, limits, deps);
    let last = 0;
    for (const { seq, lane } of tables.all()) {
      lanes.pushStored(lane, seq);
      last = seq;
    }
    const journal = new Journal(
      { database, tables, ledger, dead, lanes, deps, batch: limits.batch },
      drains,
      last,
    );
    this.#upkeep = new Upkeep(
      { database, tables, ledger, dead, limits, deps },
      {
        writeAgain: () => journal.writeAgain(),
        clockJumped: () => drains.parking.rebase(),
        putBack: (wanted) => this.#putBackAll(wanted),
      },
    );
    this.#tables = tables;
    this.#dead = dead;
    this.#lanes = lanes;
    this.#drains = drains;
    this.#journal = journal;
  }

  async start(drainer: Drainer): Promise<void> {
    if (this.#started) throw new Error("the engine was started before");
    this.#started = true;
    this.#upkeep.start();
    this.#drains.start(drainer, this.#journal);
  }

  append(envelopes: readonly NewEnvelope[]): Promise<readonly boolean[]> {
    if (envelopes.length === 0) return Promise.resolve([]);
    const full = this.#full(envelopes);
    if (full !== undefined) return Promise.reject(new QueueFullError(full));
    let packed: { envelope: Envelope; data: string }[];
    try {
      packed = envelopes.map((envelope) => ({ envelope, data: pack(envelope) }));
    } catch (error) {
      return Promise.reject(error);
    }
    const taken: boolean[] = [];
    const durable = this.#database.write(() => {
      for (const one of packed) taken.push(this.#journal.insert(one));
    });
    return durable.then(
      () => taken,
      (error: Error) => {
        throw new QueueFullError(`nothing can be stored: ${error.message}`, { cause: error });
      },
    );
  }

  room(lane: string, count: number): string | undefined {
    return this.#fullInAll(count) ?? this.#fullInLane(lane, count);
  }

  /** Why these cannot be taken, or undefined. */
  #full(envelopes: readonly NewEnvelope[]): string | undefined {
    const inAll = this.#fullInAll(envelopes.length);
    if (inAll !== undefined) return inAll;
    let last: string | undefined;
    for (const { lane } of envelopes) {
      if (lane === last) continue;
      last = lane;
      // Counted exactly only where all of them together would be too many.
      if (this.#fullInLane(lane, envelopes.length) === undefined) continue;
      const more = envelopes.filter((envelope) => envelope.lane === lane).length;
      const inLane = this.#fullInLane(lane, more);
      if (inLane !== undefined) return inLane;
    }
    return undefined;
  }

  #fullInAll(count: number): string | undefined {
    const { blocked } = this.#journal;
    if (blocked !== undefined) return `nothing can be stored: ${blocked}`;
    const { maxWaiting } = this.#limits;
    const { waiting } = this.#lanes;
    if (waiting + count <= maxWaiting) return undefined;
    return `${waiting} messages wait to be delivered, and more than ${maxWaiting} may not`;
  }

  #fullInLane(key: string, count: number): string | undefined {
    const { maxLane } = this.#limits;
    const waiting = this.#lanes.get(key)?.length ?? 0;
    if (waiting + count <= maxLane) return undefined;
    return `${waiting} messages of this conversation wait to be delivered, and more than ${maxLane} may not`;
  }

  wake(lane: string): void {
    this.#drains.wake(lane);
  }

  wakeAll(prefix: string): void {
    this.#drains.wakeAll(prefix);
  }

  stats(): QueueStats {
    const oldest = this.#tables.oldest();
    return {
      waiting: this.#lanes.waiting,
      lanes: this.#lanes.size,
      held: this.#drains.parking.held,
      dead: this.#dead.count,
      ...(oldest !== undefined && { oldest }),
    };
  }

  async lanes(most: number): Promise<readonly LaneInfo[]> {
    this.#tables.flush();
    return readLanes(this.#database.db, most).map((stored) => this.#live(stored));
  }

  /** What memory knows better of a lane than the file does. */
  #live(stored: LaneInfo): LaneInfo {
    const lane = this.#lanes.get(stored.lane);
    if (lane === undefined) return stored;
    const { head, waiting, oldest } = stored;
    const state = publicState[lane.state];
    const parked = state === "backoff" || state === "held";
    const nextAt = this.#drains.parking.nextAt(lane);
    return {
      ...{
        lane: lane.key,
        head,
        waiting,
        oldest,
        state,
        attempts: lane.window.at(0)?.tries ?? stored.attempts,
      },
      ...(nextAt !== undefined && { nextAt }),
      ...(parked && lane.reason !== undefined && { reason: lane.reason }),
    };
  }

  async find(id: string): Promise<EnvelopeInfo | undefined> {
    this.#tables.flush();
    return readEnvelope(this.#database.db, id);
  }

  async dead(most: number): Promise<readonly DeadLetter[]> {
    return readDead(this.#database.db, most);
  }

  async retryDead(id: string, deadline: number): Promise<boolean> {
    let found = false;
    await this.#database.write(() => {
      found = this.#putBack(id, deadline);
    });
    return found;
  }

  #putBackAll(wanted: readonly { readonly id: string; readonly deadline: number }[]): void {
    if (wanted.length === 0) return;
    void this.#database.write(() => {
      for (const { id, deadline } of wanted) this.#putBack(id, deadline);
    });
  }

  /** Moves a dead letter to its lane's end, inside a write. */
  #putBack(id: string, deadline: number): boolean {
    const letter = this.#dead.get(id);
    if (letter === undefined) return false;
    this.#dead.drop(id);
    const { dedupe: _, ...envelope } = unpack(letter.lane, letter.data);
    const again: Envelope = { ...envelope, deadline };
    const history = historyOnRetry(parseHistory(letter.history), this.#deps.clock.now());
    this.#journal.insert({ envelope: again, data: pack(again) }, { tries: letter.tries, history });
    return true;
  }

  async dropDead(id: string): Promise<boolean> {
    let found = false;
    await this.#database.write(() => {
      found = this.#dead.drop(id);
    });
    return found;
  }

  async stop(ms: number): Promise<void> {
    this.#upkeep.stop();
    const quiet = this.#drains.stop();
    let timer: { cancel(): void } | undefined;
    const late = new Promise<void>((resolve) => {
      timer = this.#deps.clock.setTimeout(resolve, ms);
    });
    await Promise.race([quiet, late]);
    timer?.cancel();
    this.#drains.abandon();
    this.#journal.writeAgain();
    await this.#database.flushed().catch(() => {
      // The journal has logged it; what could not be recorded is delivered again after the start.
    });
  }
}
