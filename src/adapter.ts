import type { Envelope } from "./domain/envelope.ts";
import type { DeliveryError } from "./domain/errors.ts";
import type { Inbound, Outbound } from "./domain/events.ts";

/**
 * The adapter contract: all that a network's code and the core say to one another. An adapter is
 * made once per component, a session once per registration. docs/adapters.md is the tutorial.
 */

/** What a localpart of the component's domain stands for. */
export interface Address {
  readonly kind: "room" | "contact" | "server";
  /**
   * The one canonical localpart of this address, XEP-0106 escaped, case folded as the network
   * folds: two spellings of one room or contact have the same. It is a valid prepared localpart.
   */
  readonly conversation: string;
  /** What to show people: `#Chan on irc.example.net`. */
  readonly name: string;
}

export interface Capabilities {
  readonly rooms: boolean;
  /** Longest text of one message, in UTF-8 bytes; longer is refused before the adapter sees it. */
  readonly maxText: number;
  /** Most lines of one message. */
  readonly maxLines: number;
  /** How many envelopes of one lane may be handed over at once, in order. 1 where the network has no pipeline. */
  readonly batch: number;
  /** The last word this network has: "delivered" where it reports delivery, else "sent". */
  readonly lastState: "sent" | "delivered";
  /** How long an envelope may wait, milliseconds. */
  readonly lifetime: number;
}

export interface Identity {
  /** XEP-0100 §4.1: the type in `gateway/<type>`. */
  readonly type: string;
  readonly name: string;
}

/** A user's account with a component. IRC needs no credentials: being allowed is enough. */
export interface Registration {
  /** The user's bare JID, prepared. */
  readonly user: string;
  readonly component: string;
  readonly fields: Readonly<Record<string, string>>;
}

export interface Clock {
  /** Milliseconds since 1970. */
  now(): number;
  setTimeout(run: () => void, ms: number): Timer;
}
export interface Timer {
  cancel(): void;
}

export interface Logger {
  debug(fields: object, message: string): void;
  info(fields: object, message: string): void;
  warn(fields: object, message: string): void;
  error(fields: object, message: string): void;
}

/** What an adapter gets when it is made. */
export interface AdapterContext {
  readonly domain: string;
  readonly log: Logger;
  readonly clock: Clock;
  /** 0 ≤ n < 1, injected so that tests are deterministic. */
  readonly random: () => number;
}

/** What core gives one session. */
export interface Host {
  /**
   * Hands over what happened on the network, in order. Resolves when durable; rejects with a
   * DeliveryError (`resource-constraint`) where nothing more can be taken: pause reading until
   * {@link Session.resume} is called.
   */
  deliver(events: readonly Inbound[]): Promise<void>;
  /** Tells core and, once in words, the user how the session stands. */
  state(report: StateReport): void;
}

export type SessionState =
  | "connecting"
  | "connected"
  | "transient-disconnect"
  | "bad-credentials"
  | "banned"
  | "logged-out";

export interface StateReport {
  readonly state: SessionState;
  /** The server or account that this is about, as a conversation (`irc.example.net`), where a session has several. */
  readonly of?: string;
  /** A sentence for the user. */
  readonly text?: string;
}

/** The far side's word that it has taken an envelope. */
export interface Sent {
  readonly evidence: string;
  /** The user's nick in the room at that moment, for a reflection. */
  readonly nick?: string;
  /** What others see, where that is not the text as one message: each is archived as one. */
  readonly parts?: readonly string[];
}
export type SendOutcome = Sent | DeliveryError;

/** One user's live presence on one network. */
export interface Session {
  /** Begins to connect; never rejects, reports state. */
  connect(): void;
  /**
   * Hands over envelopes of one lane, in order. Resolves with one outcome for each of a first part
   * of the batch (at least one); what has no outcome yet is offered again at once. Nothing after
   * the first outcome that is not final may have been sent. `attempt` counts from 1 for the first
   * envelope of the batch; above 1 it may have been sent before.
   */
  send(batch: readonly Envelope<Outbound>[], attempt: number): Promise<readonly SendOutcome[]>;
  /** Looks up whether an envelope of unknown fate arrived; undefined where the network cannot say. */
  reconcile?(envelope: Envelope<Outbound>): Promise<SendOutcome | undefined>;
  /** Core can take events again after it refused some. */
  resume(): void;
  /** Whether the user is in the room on the network, now (XEP-0410). */
  inRoom?(conversation: string): boolean;
  /** The rooms of a server for disco#items. Rejects with DeliveryError. */
  listRooms?(server: string): Promise<readonly RoomInfo[]>;
  /** What the network tells about a contact. Rejects with DeliveryError. */
  contactInfo?(conversation: string, nick?: string): Promise<ContactInfo>;
  /** Nothing is going on and no room is joined: core may close it. */
  readonly idle: boolean;
  /** Leaves the network; resolves within `ms`. */
  close(reason: string, ms: number): Promise<void>;
}

export interface RoomInfo {
  readonly conversation: string;
  readonly name: string;
  readonly occupants?: number;
  readonly subject?: string;
}

export interface ContactInfo {
  readonly nick?: string;
  readonly name?: string;
  readonly note?: string;
}

/** One thing that `isthmus check` looked at. */
export interface CheckResult {
  readonly what: string;
  readonly ok: boolean;
  /** What was seen and, where not ok, what to change. */
  readonly text: string;
}

export interface Adapter {
  readonly identity: Identity;
  readonly capabilities: Capabilities;
  /**
   * Total mapping of a prepared localpart (as it stands in a JID). Undefined: no such address can
   * exist. "gone" answers with the address that should be used instead.
   */
  address(localpart: string): Address | undefined;
  /** XEP-0100 §6.3: what the client shows when it asks for an address. */
  readonly prompt: { readonly desc: string; readonly prompt: string };
  /** The address of an occupant or contact as people type it (XEP-0100 §6.3); throws UserError. */
  fromPrompt(typed: string): Address;
  open(registration: Registration, host: Host): Session;
  /** Connects to everything the options name, for `isthmus check`. */
  check(): Promise<readonly CheckResult[]>;
  /** Ends timers and listeners of the adapter's own; sessions are closed before. */
  stop(): Promise<void>;
}

/** What an adapter's index.ts exports as `adapter`. */
export interface AdapterModule {
  readonly name: string;
  /** Checks `options` of the config; throws UserError that names the key and the cure. */
  create(options: unknown, context: AdapterContext): Adapter;
}
