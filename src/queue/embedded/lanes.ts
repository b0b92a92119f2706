import type { EngineLog } from "../deps.ts";
import { laneResident, loadLeast, residentChars } from "./bounds.ts";
import { type Entry, Lane } from "./lane.ts";
import { parseHistory, unpack } from "./packing.ts";
import type { StoredEnvelope, Tables } from "./tables.ts";

/** The lanes that hold something, and how much of them is in memory. */
export class Lanes {
  /** Envelopes waiting in all lanes. */
  waiting = 0;
  readonly #lanes = new Map<string, Lane>();
  readonly #tables: Tables;
  readonly #log: EngineLog;
  #chars = 0;
  /** The lane that was asked for last. */
  #last: Lane | undefined;

  constructor(tables: Tables, log: EngineLog) {
    this.#tables = tables;
    this.#log = log;
  }

  get size(): number {
    return this.#lanes.size;
  }

  all(): Iterable<Lane> {
    return this.#lanes.values();
  }

  get(key: string): Lane | undefined {
    // Most often it is the lane of before. A map's look-up costs more: a key made anew has to be hashed.
    if (this.#last?.key === key) return this.#last;
    const lane = this.#lanes.get(key);
    if (lane !== undefined) this.#last = lane;
    return lane;
  }

  open(key: string): Lane {
    let lane = this.get(key);
    if (lane === undefined) {
      lane = new Lane(key);
      this.#lanes.set(key, lane);
      this.#last = lane;
    }
    return lane;
  }

  /** Adds an envelope at the end: in memory where there is room and none before it is on disk alone. */
  push(lane: Lane, entry: Entry): void {
    this.waiting += 1;
    const room = lane.window.length < laneResident && this.#chars + entry.size <= residentChars;
    if (room && lane.spilled.length === 0) {
      lane.window.push(entry);
      this.#chars += entry.size;
    } else {
      lane.spilled.push(entry.seq);
    }
  }

  /** Adds an envelope of an earlier life, which is on disk. */
  pushStored(key: string, seq: number): void {
    this.waiting += 1;
    this.open(key).spilled.push(seq);
  }

  /** Takes the newest away again: its append was rolled back. */
  pop(lane: Lane): void {
    this.waiting -= 1;
    if (lane.spilled.pop() === undefined) this.#chars -= lane.window.pop()?.size ?? 0;
    if (lane.state === "idle") this.closeEmpty(lane);
  }

  /** Takes the oldest `count` away: they have ended. */
  drop(lane: Lane, count: number): void {
    for (let index = 0; index < count; index += 1) this.#chars -= lane.window.at(index)?.size ?? 0;
    lane.window.drop(count);
    this.waiting -= count;
  }

  /** Forgets a lane that holds nothing. True: it did. */
  closeEmpty(lane: Lane): boolean {
    if (lane.length > 0) return false;
    this.#lanes.delete(lane.key);
    if (this.#last === lane) this.#last = undefined;
    return true;
  }

  /** Brings up to `count` of a lane's oldest into memory, fewer where memory is short. */
  load(lane: Lane, count: number): void {
    const most = this.#chars > residentChars ? Math.min(loadLeast, count) : count;
    if (lane.spilled.length === 0 || lane.window.length >= most) return;
    // First: where that fails, what was to be appended is gone from the lane again.
    this.#tables.flush();
    const seqs = lane.spilled.front(most - lane.window.length);
    let start = 0;
    for (let index = 1; index <= seqs.length; index += 1) {
      if (index < seqs.length && seqs[index] === (seqs[index - 1] ?? 0) + 1) continue;
      this.#loadRun(lane, seqs[start] ?? 0, index - start);
      start = index;
    }
    lane.spilled.drop(seqs.length);
  }

  #loadRun(lane: Lane, first: number, count: number): void {
    const rows = this.#tables.read(first, first + count - 1);
    if (rows.length < count) {
      this.waiting -= count - rows.length;
      this.#log.error(
        { lane: lane.key, first, missing: count - rows.length },
        "envelopes are gone from the file",
      );
    }
    for (const row of rows) {
      const entry = this.#entry(row);
      lane.window.push(entry);
      this.#chars += entry.size;
    }
  }

  /** A row that cannot be read becomes an envelope that is past its deadline, and so a dead letter. */
  #entry(row: StoredEnvelope): Entry {
    const { seq, lane, tries, data } = row;
    const history = row.history === null ? undefined : parseHistory(row.history);
    const entry = { seq, size: data.length, tries, recorded: tries, history };
    try {
      return { ...entry, envelope: unpack(lane, data) };
    } catch (error) {
      this.#log.error(
        { lane, seq, reason: String(error) },
        "an envelope in the file is damaged; it goes to the dead letters",
      );
      return { ...entry, envelope: { id: `damaged-${seq}`, lane, at: 0, deadline: 0, body: null } };
    }
  }
}
