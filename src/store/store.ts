import type { Manner } from "../domain/events.ts";

/** The store's interface: what outlives a restart besides the lanes. */
export interface Store {
  readonly occupancies: Occupancies;
  readonly archive: Archive;
}

/** A user's resource in a room, so that a restart rejoins it. */
export interface Occupancy {
  readonly component: string;
  /** Bare JID, prepared. */
  readonly user: string;
  readonly conversation: string;
  readonly resource: string;
  readonly nick: string;
  readonly password?: string;
}

/** How far a user's view of a room has come, for what is handed on after a break. */
export interface RoomMark {
  readonly component: string;
  readonly user: string;
  readonly conversation: string;
}

export interface Occupancies {
  all(): readonly Occupancy[];
  /** Adds or replaces; durable with the turn's commit. */
  put(occupancy: Occupancy): void;
  remove(occupancy: Pick<Occupancy, "component" | "user" | "conversation" | "resource">): void;
  /** Archive sequence up to which this user's clients have the room's messages; undefined: never in it. */
  mark(room: RoomMark): number | undefined;
  /** Never goes back; durable with the turn's commit, one write for all marks of a run of the event loop. */
  setMark(room: RoomMark, sequence: number): void;
}

export interface Archived {
  /** XEP-0359 id, unique in the component. */
  readonly id: string;
  /** Grows with every message of the component. */
  readonly sequence: number;
  readonly at: number;
  readonly nick: string;
  readonly text: string;
  readonly manner: Manner;
}

export interface NewArchived {
  readonly component: string;
  readonly conversation: string;
  readonly at: number;
  readonly nick: string;
  readonly text: string;
  readonly manner: Manner;
  /** The network's own id, where it has one. */
  readonly networkId?: string;
}

/** XEP-0045 §7.2.13: what a joining user asks to see. All bounds hold together. */
export interface HistoryRequest {
  readonly maxMessages?: number;
  readonly maxChars?: number;
  /** Milliseconds since 1970. */
  readonly since?: number;
  /** After this sequence. */
  readonly after?: number;
  /** Up to and with this sequence. */
  readonly before?: number;
}

/** One stored copy of a room's message, however many sessions of the gateway saw it. */
export interface Archive {
  /**
   * A session sees a room from now on: earlier messages are never taken for its later ones. Again for one
   * that sees it already changes nothing.
   */
  watch(component: string, conversation: string, session: string): void;
  unwatch(component: string, conversation: string, session: string): void;
  /**
   * A session saw a message. The first to see it stores it; a later one's copy of the same message
   * gets the same entry. Durable with the turn's commit.
   */
  record(message: NewArchived, session: string): { readonly id: string; readonly sequence: number };
  /** The sequence of the newest message of a room, 0 for none; of messages not yet committed, too. */
  head(component: string, conversation: string): number;
  /** The newest that fit the request, oldest first. */
  history(component: string, conversation: string, request: HistoryRequest): readonly Archived[];
  /** Removes what is past age or count; bounded work per call, returns how many. */
  prune(): number;
}
