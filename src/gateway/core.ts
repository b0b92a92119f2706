import type { Adapter, Clock, Logger } from "../adapter.ts";
import type { Engine } from "../queue/engine.ts";
import type { Store } from "../store/store.ts";
import type { Link } from "../xmpp/link.ts";
import type { Addresses } from "./addresses.ts";
import type { LaneKeys } from "./lanes.ts";
import type { Peers } from "./peers.ts";
import type { Rooms } from "./rooms.ts";
import type { Sessions } from "./sessions.ts";

/** Bounds and times of one component; milliseconds. */
export interface Settings {
  /** How long an envelope towards XMPP may wait. */
  readonly inLifetime: number;
  /** How long a join may wait for its network. */
  readonly joinLifetime: number;
  /** A message later than this carries its time (XEP-0203). */
  readonly delayAfter: number;
  /** After a user's last client left a room: long enough to see whether the server went down with it. */
  readonly linger: number;
  /** A room stays joined so long for a user whose clients vanished without a word. */
  readonly detachedFor: number;
  /** A session that is in no room and says nothing is closed after this. */
  readonly idleFor: number;
  /** Most messages handed on to a client that comes back after a break. */
  readonly missedMost: number;
  /** History on join where the client asks for nothing (XEP-0045 §7.2.13). */
  readonly historyDefault: number;
  /** Most rooms of one user. */
  readonly roomsMost: number;
  /** Most users with a session. */
  readonly sessionsMost: number;
}

export const defaultSettings: Settings = {
  inLifetime: 24 * 3_600_000,
  joinLifetime: 120_000,
  delayAfter: 5_000,
  linger: 1_000,
  detachedFor: 600_000,
  idleFor: 300_000,
  missedMost: 1_000,
  historyDefault: 20,
  roomsMost: 500,
  sessionsMost: 100_000,
};

/** Whom a component serves: domains, bare JIDs, or "*" for everyone. */
export type Allowed = (user: { readonly bare: string; readonly domain: string }) => boolean;

/** What the operator may change while it runs. */
export interface Policy {
  allowed: Allowed;
}

/** What all parts of one component's gateway share. */
export interface Core {
  readonly domain: string;
  readonly adapter: Adapter;
  readonly engine: Engine;
  readonly store: Store;
  readonly link: Link;
  readonly rooms: Rooms;
  readonly sessions: Sessions;
  readonly addresses: Addresses;
  readonly lanes: LaneKeys;
  readonly peers: Peers;
  readonly policy: Policy;
  readonly settings: Settings;
  readonly contacts: readonly string[];
  readonly version: string;
  readonly clock: Clock;
  readonly ids: () => string;
  readonly log: Logger;
  /** The link is online and it is known which occupants are still there: lanes towards XMPP may drain. */
  ready: boolean;
  /** The gateway is leaving: nothing new is taken. */
  stopping: boolean;
}
