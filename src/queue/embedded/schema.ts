import type { Migration } from "../../sqlite/migrations.ts";

/**
 * `seq` orders all envelopes of all lanes: a new one goes to the right edge of one B-tree, and a
 * lane's order is its seqs' order. `tries` counts attempts that were recorded before they were
 * made. `data` is the envelope as packed by packing.ts. A row of queue_trouble is written only when
 * an envelope did not go through at once.
 */
const tables = `
CREATE TABLE queue_envelope (
  seq INTEGER PRIMARY KEY,
  lane TEXT NOT NULL,
  tries INTEGER NOT NULL,
  data TEXT NOT NULL
);
CREATE TABLE queue_trouble (
  seq INTEGER PRIMARY KEY,
  state TEXT NOT NULL,
  next_at INTEGER,
  history TEXT NOT NULL
);
CREATE TABLE queue_dead (
  n INTEGER PRIMARY KEY,
  id TEXT NOT NULL UNIQUE,
  lane TEXT NOT NULL,
  tries INTEGER NOT NULL,
  data TEXT NOT NULL,
  state TEXT NOT NULL,
  reason TEXT NOT NULL,
  died_at INTEGER NOT NULL,
  history TEXT NOT NULL,
  -- Set by an operator while or before the gateway runs: put it back with this deadline.
  retry_deadline INTEGER
);
CREATE TABLE queue_ledger (
  n INTEGER PRIMARY KEY,
  key BLOB NOT NULL UNIQUE,
  at INTEGER NOT NULL
);
`;

/** The tables of the embedded engine. */
export const queueMigrations: Migration = { owner: "queue", steps: [tables] };
