import type { Envelope } from "../../domain/envelope.ts";

/** An envelope as one JSON text without its lane, which has a column of its own. */
export function pack(envelope: Envelope): string {
  const { id, at, deadline, dedupe, body } = envelope;
  return JSON.stringify([id, at, deadline, dedupe ?? null, body]);
}

/** The opposite of {@link pack}. Throws SyntaxError or TypeError on what pack cannot have made. */
export function unpack(lane: string, data: string): Envelope {
  const fields: unknown = JSON.parse(data);
  if (!Array.isArray(fields)) throw new TypeError("not a packed envelope");
  const [id, at, deadline, dedupe, body] = fields as unknown[];
  if (typeof id !== "string" || typeof at !== "number" || typeof deadline !== "number") {
    throw new TypeError("not a packed envelope");
  }
  const envelope = { id, lane, at, deadline, body };
  return typeof dedupe === "string" ? { ...envelope, dedupe } : envelope;
}

/** One thing that happened to an envelope. */
export interface Happening {
  readonly at: number;
  readonly what: string;
}
export type History = readonly Happening[];

/** Most happenings kept of one envelope; the oldest go first. */
export const historyMost = 10;
/** Longest text of one happening, characters. */
const whatMost = 300;

/** A history with one happening more. What repeats the last one word for word is left out. */
export function addHappening(history: History | undefined, at: number, what: string): History {
  const text = what.length > whatMost ? `${what.slice(0, whatMost)}…` : what;
  if (history === undefined) return [{ at, what: text }];
  if (history.at(-1)?.what === text) return history;
  return [...history, { at, what: text }].slice(-historyMost);
}

/** Reads a stored history; one that is damaged reads as empty. */
export function parseHistory(stored: string): History {
  try {
    const list: unknown = JSON.parse(stored);
    return Array.isArray(list) ? (list as History) : [];
  } catch {
    return [];
  }
}
