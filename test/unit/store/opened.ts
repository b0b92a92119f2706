import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createIds } from "../../../src/domain/id.ts";
import type { Database } from "../../../src/sqlite/database.ts";
import { openDatabase } from "../../../src/sqlite/group-commit.ts";
import { createStore, storeMigrations } from "../../../src/store/index.ts";
import type { NewArchived, Store } from "../../../src/store/store.ts";

export const component = "irc.example.org";
export const room = "#chan%irc.example.net";
export const START = 1_795_000_000_000;

/** A store on a file of its own, with a clock that the test moves. */
export interface Opened {
  readonly store: Store;
  readonly database: Database;
  readonly clock: { time: number };
  /** Closes the file and opens it again, as a restart does. */
  reopen(): Opened;
  close(): void;
}

export function openStore(limits = { maxAge: 1e12, maxPerRoom: 1e9 }): Opened {
  return openIn(mkdtempSync(join(tmpdir(), "isthmus-store-")), { time: START }, limits);
}

function openIn(
  folder: string,
  clock: { time: number },
  limits: { maxAge: number; maxPerRoom: number },
): Opened {
  const database = openDatabase(join(folder, "data.sqlite"), [storeMigrations]);
  let state = clock.time % 1_000;
  const random = () => {
    state = (state * 1664525 + 1013904223) % 2 ** 32;
    return state / 2 ** 32;
  };
  const now = () => clock.time;
  const store = createStore(database, { archive: limits, ids: createIds(now, random), clock: { now } });
  return {
    store,
    database,
    clock,
    reopen: () => {
      database.close();
      clock.time += 1;
      return openIn(folder, clock, limits);
    },
    close: () => {
      database.close();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

/** A message of alice's in the room, now. */
export function said(text: string, more: Partial<NewArchived> = {}): NewArchived {
  return { component, conversation: room, at: START, nick: "alice", text, manner: "plain", ...more };
}

/** The room's texts as history shows them, all of them. */
export function texts(store: Store, conversation = room): string[] {
  return store.archive.history(component, conversation, { after: 0 }).map((entry) => entry.text);
}

/** How many messages the file holds. */
export function rows({ store, database }: Opened, conversation = room): number {
  // Asking for a room's newest puts what waits for the commit into the table.
  store.archive.head(component, conversation);
  return Number(database.db.prepare("SELECT count(*) AS n FROM archive").get()?.n);
}
