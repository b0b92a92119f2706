import { existsSync } from "node:fs";
import { DatabaseSync } from "node:sqlite";
import { UserError } from "../domain/errors.ts";
import { readDead, readEnvelope, readLanes } from "./embedded/reading.ts";
import type { DeadLetter, EnvelopeInfo, LaneInfo } from "./engine.ts";

/**
 * What `isthmus queue` does on a data file, whether or not a gateway runs on it. Reading sees what is
 * committed. Dropping a dead letter happens at once; one that is to be retried is marked, and the
 * engine puts it back within a second, or when it next starts: only one process gives out places in
 * a lane.
 */
export type Inspection = DatabaseSync;

/** Opens a data file beside a running gateway. Throws UserError where there is none. Close it with `close()`. */
export function openForInspection(file: string): Inspection {
  if (!existsSync(file)) {
    throw new UserError(`${file} does not exist: name the data_dir of a gateway that has run before`);
  }
  try {
    const db = new DatabaseSync(file, { timeout: 5_000 });
    db.prepare("SELECT 1 FROM queue_dead").get();
    return db;
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause);
    throw new UserError(`${file} is not a gateway's data file: ${why}`);
  }
}

/** Lanes that hold something, longest waiting first. */
export function listLanes(inspection: Inspection, most: number): readonly LaneInfo[] {
  return readLanes(inspection, most);
}

/** A waiting or dead envelope with its history. */
export function findEnvelope(inspection: Inspection, id: string): EnvelopeInfo | undefined {
  return readEnvelope(inspection, id);
}

/** Dead letters, newest first. */
export function listDead(inspection: Inspection, most: number): readonly DeadLetter[] {
  return readDead(inspection, most);
}

/** Has a dead letter put back at its lane's end, with a new deadline. False: no such letter. */
export function retryDead(inspection: Inspection, id: string, deadline: number): boolean {
  const mark = inspection.prepare("UPDATE queue_dead SET retry_deadline = ? WHERE id = ?");
  return mark.run(deadline, id).changes === 1;
}

/** False: no such letter. */
export function dropDead(inspection: Inspection, id: string): boolean {
  return inspection.prepare("DELETE FROM queue_dead WHERE id = ?").run(id).changes === 1;
}
