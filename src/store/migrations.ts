import type { Migration } from "../sqlite/migrations.ts";

/**
 * The store's tables. A room's messages lie together (places.ts), so that history is one range and
 * pruning cuts off its beginning.
 */
export const storeMigrations: Migration = {
  owner: "store",
  steps: [
    `CREATE TABLE room (
       id INTEGER PRIMARY KEY,
       component TEXT NOT NULL,
       conversation TEXT NOT NULL,
       UNIQUE (component, conversation)
     );
     CREATE TABLE archive (
       place INTEGER PRIMARY KEY,
       at INTEGER NOT NULL,
       id TEXT NOT NULL,
       nick TEXT NOT NULL,
       text TEXT NOT NULL,
       manner INTEGER NOT NULL
     );
     CREATE TABLE mark (
       room INTEGER NOT NULL,
       user TEXT NOT NULL,
       sequence INTEGER NOT NULL,
       PRIMARY KEY (room, user)
     ) WITHOUT ROWID;
     CREATE TABLE occupancy (
       component TEXT NOT NULL,
       user TEXT NOT NULL,
       conversation TEXT NOT NULL,
       resource TEXT NOT NULL,
       nick TEXT NOT NULL,
       password TEXT,
       PRIMARY KEY (component, user, conversation, resource)
     ) WITHOUT ROWID;
     CREATE TABLE sequence (
       only INTEGER PRIMARY KEY CHECK (only = 1),
       reserved INTEGER NOT NULL
     );
     INSERT INTO sequence VALUES (1, 0);`,
  ],
};
