import type { DatabaseSync } from "node:sqlite";
import type { DeadLetter, EnvelopeInfo, LaneInfo } from "../engine.ts";
import type { StoredDead } from "./dead-letters.ts";
import { addHappening, parseHistory, unpack } from "./packing.ts";

/** What operators ask; read from the tables, by the engine and by `isthmus queue` beside it. */

interface StoredLane {
  readonly lane: string;
  readonly waiting: number;
  readonly tries: number;
  readonly id: string;
  readonly at: number;
  readonly state: string | null;
  readonly next_at: number | null;
  readonly history: string | null;
}

/** Lanes that hold something, longest waiting first. */
export function readLanes(db: DatabaseSync, most: number): LaneInfo[] {
  const rows = db
    .prepare(
      `SELECT l.lane, l.waiting, e.tries, e.data ->> 0 AS id, e.data ->> 1 AS at, t.state, t.next_at, t.history
       FROM (SELECT lane, count(*) AS waiting, min(seq) AS head FROM queue_envelope
             GROUP BY lane ORDER BY head LIMIT ?) l
       JOIN queue_envelope e ON e.seq = l.head LEFT JOIN queue_trouble t ON t.seq = l.head
       ORDER BY l.head`,
    )
    .all(most) as unknown as StoredLane[];
  return rows.map(laneInfo);
}

function laneInfo(row: StoredLane): LaneInfo {
  const { lane, waiting, tries: attempts, id: head, at: oldest, next_at: nextAt } = row;
  const state = row.state === "held" || row.state === "backoff" ? row.state : "ready";
  const reason = row.history === null ? undefined : parseHistory(row.history).at(-1)?.what;
  return {
    ...{ lane, head, waiting, state, attempts, oldest },
    ...(nextAt !== null && { nextAt }),
    ...(reason !== undefined && { reason }),
  };
}

/** A waiting or dead envelope with its history. Reads every waiting envelope: for operators, not for the hot path. */
export function readEnvelope(db: DatabaseSync, id: string): EnvelopeInfo | undefined {
  // The id is what packed data begins with (packing.ts).
  const start = `[${JSON.stringify(id)},`;
  const row = db
    .prepare(
      `SELECT e.lane, e.tries, e.data, t.history FROM queue_envelope e
       LEFT JOIN queue_trouble t ON t.seq = e.seq WHERE substr(e.data, 1, ?) = ? LIMIT 1`,
    )
    .get(start.length, start);
  if (row !== undefined)
    return info("waiting", String(row.lane), Number(row.tries), String(row.data), row.history);
  const dead = db.prepare("SELECT * FROM queue_dead WHERE id = ?").get(id) as unknown as
    | StoredDead
    | undefined;
  return dead && info(dead.state, dead.lane, dead.tries, dead.data, dead.history);
}

function info(
  state: EnvelopeInfo["state"],
  lane: string,
  attempts: number,
  data: string,
  history: unknown,
): EnvelopeInfo {
  const envelope = unpack(lane, data);
  const later = typeof history === "string" ? parseHistory(history) : [];
  return {
    envelope,
    state,
    attempts,
    history: [...addHappening(undefined, envelope.at, "accepted"), ...later],
  };
}

/** Dead letters, newest first; without those that are about to be put back. */
export function readDead(db: DatabaseSync, most: number): DeadLetter[] {
  const rows = db
    .prepare("SELECT * FROM queue_dead WHERE retry_deadline IS NULL ORDER BY n DESC LIMIT ?")
    .all(most) as unknown as StoredDead[];
  return rows.map(({ lane, data, state, reason, died_at: diedAt }) => ({
    envelope: unpack(lane, data),
    ...{ state, reason, diedAt },
  }));
}
