import { accessSync, constants } from "node:fs";
import { loadConfig } from "../config/load.ts";
import { parseLaneKey } from "../domain/envelope.ts";
import { UserError } from "../domain/errors.ts";
import type { DeadLetter, EnvelopeInfo, LaneInfo } from "../queue/engine.ts";
import {
  dropDead,
  findEnvelope,
  listDead,
  listLanes,
  openForInspection,
  retryDead,
} from "../queue/inspect.ts";
import { dataFile } from "./paths.ts";

/** Most rows of one listing. */
const MOST_ROWS = 200;
/** A retried letter gets this long, milliseconds. */
const RETRY_LIFETIME = 3_600_000;

interface Output {
  write(text: string): unknown;
}

export type QueueAction = "list" | "show" | "dead" | "retry" | "drop";

/**
 * `isthmus queue`: looks at the lanes and dead letters in the data file, whether or not the gateway runs.
 *
 * @throws UserError where there is no data file, or no such envelope
 */
export function queueCommand(file: string, action: QueueAction, id: string, output: Output): void {
  const data = dataFile(loadConfig(file));
  whyUnreadable(data, file);
  const queue = openForInspection(data);
  try {
    if (action === "list") output.write(lanesText(listLanes(queue, MOST_ROWS), Date.now()));
    else if (action === "dead") output.write(deadText(listDead(queue, MOST_ROWS)));
    else if (action === "show") output.write(envelopeText(found(findEnvelope(queue, id), id)));
    else if (action === "retry") {
      if (!retryDead(queue, id, Date.now() + RETRY_LIFETIME)) throw noLetter(queue, id);
      output.write(
        `${id} goes to the end of its lane again, where the gateway is running, else at its next start\n`,
      );
    } else {
      if (!dropDead(queue, id)) throw noLetter(queue, id);
      output.write(`${id} is dropped\n`);
    }
  } finally {
    queue.close();
  }
}

/** Throws UserError where the data file is not there, or not ours to read. */
function whyUnreadable(data: string, file: string): void {
  try {
    accessSync(data, constants.R_OK | constants.W_OK);
  } catch (error) {
    const missing = error instanceof Error && "code" in error && error.code === "ENOENT";
    throw new UserError(
      missing
        ? `${data}: there is no queue yet: the gateway has not run with ${file}`
        : `${data} cannot be opened: run this as the user that runs the gateway, or as root`,
    );
  }
}

function found(info: EnvelopeInfo | undefined, id: string): EnvelopeInfo {
  if (info !== undefined) return info;
  throw new UserError(`${id}: nothing of that id waits or failed; isthmus queue dead lists what failed`);
}

function noLetter(queue: ReturnType<typeof openForInspection>, id: string): UserError {
  if (findEnvelope(queue, id) !== undefined)
    return new UserError(`${id}: it still waits to be delivered; only what failed can be retried or dropped`);
  return new UserError(`${id}: there is no such dead letter; isthmus queue dead lists them`);
}

/** A table of lanes, for people. `now` in milliseconds since 1970. */
export function lanesText(lanes: readonly LaneInfo[], now: number): string {
  if (lanes.length === 0) return "Nothing waits.\n";
  const rows = lanes.map((lane) => [
    ...laneCells(lane.lane),
    String(lane.waiting),
    ago(now - lane.oldest),
    lane.state,
    String(lane.attempts),
    lane.head,
    lane.reason ?? "",
  ]);
  return table(
    ["", "user", "conversation", "component", "waiting", "oldest", "state", "attempts", "first id", "why"],
    rows,
  );
}

/** A table of dead letters, newest first as given. */
export function deadText(letters: readonly DeadLetter[]): string {
  if (letters.length === 0) return "No message has failed.\n";
  const rows = letters.map(({ envelope, state, reason, diedAt }) => [
    envelope.id,
    iso(diedAt),
    state,
    ...laneCells(envelope.lane).slice(0, 3),
    reason,
  ]);
  return table(["id", "when", "state", "", "user", "conversation", "why"], rows);
}

/** One envelope in full: what it holds is somebody's message. */
export function envelopeText({ envelope, state, attempts, history }: EnvelopeInfo): string {
  const [direction, user, conversation, component] = laneCells(envelope.lane);
  return [
    `id            ${envelope.id}`,
    `state         ${state}, attempts: ${attempts}`,
    `component     ${component}`,
    `conversation  ${user} ${direction} ${conversation}`,
    `accepted      ${iso(envelope.at)}`,
    `deadline      ${iso(envelope.deadline)}`,
    `content       ${safe(JSON.stringify(envelope.body))}`,
    ...history.map(({ at, what }) => `${iso(at)}  ${safe(what)}`),
    "",
  ].join("\n");
}

function laneCells(key: string): [string, string, string, string] {
  const { direction, component, user, conversation } = parseLaneKey(key);
  return [direction === "out" ? "→" : "←", user, conversation, component];
}

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const all = [head, ...rows].map((row) => row.map(safe));
  const widths = head.map((_, i) => Math.max(...all.map((row) => row[i]?.length ?? 0)));
  return all
    .map(
      (row) =>
        `${row
          .map((cell, i) => cell.padEnd(widths[i] ?? 0))
          .join("  ")
          .trimEnd()}\n`,
    )
    .join("");
}

/** A peer's text must not speak to the operator's terminal. */
function safe(text: string): string {
  return text.replace(/[\u0000-\u001f\u007f-\u009f\u202a-\u202e\u2066-\u2069]/g, "\ufffd");
}

function iso(at: number): string {
  return new Date(at).toISOString().replace(/\.\d+Z$/, "Z");
}

function ago(ms: number): string {
  if (ms < 60_000) return `${Math.max(0, Math.round(ms / 1000))}s`;
  if (ms < 3_600_000) return `${Math.round(ms / 60_000)}m`;
  return ms < 172_800_000 ? `${Math.round(ms / 3_600_000)}h` : `${Math.round(ms / 86_400_000)}d`;
}
