import type { Condition } from "./errors.ts";

/**
 * What travels in lanes, network-neutral. `conversation` is always the canonical localpart that the
 * adapter's `address` gives for a room or a contact; only the adapter may look into it.
 */

/** XEP-0045 §5.1 and §5.2. */
export type Role = "moderator" | "participant" | "visitor" | "none";
export type Affiliation = "owner" | "admin" | "member" | "none" | "outcast";

export interface Occupant {
  readonly nick: string;
  readonly role: Role;
  readonly affiliation: Affiliation;
  /** The occupant's own address (a contact's localpart), where the network shows it. */
  readonly contact?: string;
  /** Away text; undefined where the occupant is present. */
  readonly away?: string;
}

/** How a line was said: plain, as an action (`/me`), or as a notice that nobody should answer. */
export type Manner = "plain" | "action" | "notice";

/** What a user does, on its way to the network. `from` is the full JID of the resource that did it. */
export type Outbound =
  | OutboundMessage
  | {
      readonly kind: "join";
      readonly from: string;
      readonly conversation: string;
      readonly nick: string;
      readonly password?: string;
      readonly stanzaId?: string;
      /** Rejoined after a restart of the gateway: failure ends the occupancy. */
      readonly restore?: boolean;
    }
  | { readonly kind: "leave"; readonly from: string; readonly conversation: string; readonly text?: string }
  | {
      readonly kind: "nick";
      readonly from: string;
      readonly conversation: string;
      readonly nick: string;
      readonly stanzaId?: string;
    }
  | {
      readonly kind: "topic";
      readonly from: string;
      readonly conversation: string;
      readonly text: string;
      readonly stanzaId?: string;
    }
  | {
      readonly kind: "kick";
      readonly from: string;
      readonly conversation: string;
      readonly nick: string;
      readonly text?: string;
      readonly stanzaId?: string;
    }
  | {
      readonly kind: "affiliation";
      readonly from: string;
      readonly conversation: string;
      readonly nick: string;
      readonly affiliation: Affiliation;
      readonly text?: string;
      readonly stanzaId?: string;
    }
  | {
      readonly kind: "role";
      readonly from: string;
      readonly conversation: string;
      readonly nick: string;
      readonly role: Role;
      readonly text?: string;
      readonly stanzaId?: string;
    }
  | {
      readonly kind: "invite";
      readonly from: string;
      readonly conversation: string;
      readonly nick: string;
      readonly stanzaId?: string;
    }
  /** The user's presence, one for all resources; `conversation` is "-". */
  | {
      readonly kind: "presence";
      readonly from: string;
      readonly conversation: string;
      readonly away?: string;
    };

export interface OutboundMessage {
  readonly kind: "message";
  readonly from: string;
  /** A room (then `nick` undefined means all of it), or a contact. */
  readonly conversation: string;
  /** A private message to this occupant of the room `conversation`. */
  readonly nick?: string;
  readonly text: string;
  readonly manner: Manner;
  /** The stanza's own id, for receipt, reflection or error. */
  readonly stanzaId?: string;
  /** XEP-0184 §5.1: the sender asked for a receipt. */
  readonly receipt?: boolean;
  /** A room's message comes back to its sender (XEP-0045 §7.4); one person's does not. */
  readonly groupchat?: boolean;
}

/** What happened on the network, on its way to the user. */
export type Inbound =
  | InboundMessage
  /** The user (resource `to`, or all of the user's in the room) is in: the whole roster (XEP-0045 §7.2.2). */
  | {
      readonly kind: "joined";
      readonly conversation: string;
      readonly to?: string;
      readonly nick: string;
      readonly occupants: readonly Occupant[];
      readonly created?: boolean;
      readonly subject?: Subject;
    }
  /** Occupants came, or changed role, affiliation or away. */
  | { readonly kind: "occupants"; readonly conversation: string; readonly occupants: readonly Occupant[] }
  /** Occupants went: many of them in a netsplit. */
  | {
      readonly kind: "left";
      readonly conversation: string;
      readonly nicks: readonly string[];
      readonly why: Leaving;
      readonly by?: string;
      readonly text?: string;
    }
  /** The user is out. `gone`: the session or the room ended without the user's doing. */
  | {
      readonly kind: "parted";
      readonly conversation: string;
      readonly to?: string;
      readonly nick: string;
      readonly why: Leaving | "gone";
      readonly by?: string;
      readonly text?: string;
    }
  | {
      readonly kind: "renamed";
      readonly conversation: string;
      readonly nick: string;
      readonly newNick: string;
      readonly self: boolean;
      readonly occupant: Occupant;
    }
  | { readonly kind: "subject"; readonly conversation: string; readonly subject: Subject }
  /** The room says something about itself: reconnected, a netsplit, a mode. `nick`-less groupchat message. */
  | { readonly kind: "note"; readonly conversation: string; readonly text: string }
  | {
      readonly kind: "invited";
      readonly conversation: string;
      readonly room: string;
      readonly by: string;
      readonly text?: string;
    };

export type Leaving = "left" | "kicked" | "banned";

export interface Subject {
  readonly text: string;
  readonly by?: string;
  /** Milliseconds since 1970, where the network says when it was set. */
  readonly at?: number;
}

export interface InboundMessage {
  readonly kind: "message";
  /** The room, or the contact. */
  readonly conversation: string;
  /** Who said it, in a room. */
  readonly nick?: string;
  /** It was said to the user alone, by an occupant of the room. */
  readonly private?: boolean;
  readonly text: string;
  readonly manner: Manner;
  /** The network's clock, milliseconds since 1970, where it says so. */
  readonly at?: number;
  /** The network's own id; also what a repetition is known by. */
  readonly networkId?: string;
}

/** What the core adds on the way to XMPP; written by the gateway only. */
export type Delivery =
  | {
      readonly kind: "event";
      readonly event: Inbound;
      /** XEP-0359 id of an archived message. */
      readonly archiveId?: string;
      /** Place in the archive: the message's own; for `joined`, the archive's head at that moment. */
      readonly sequence?: number;
    }
  /** A message that the user sent to a room comes back (XEP-0045 §7.4). */
  | {
      readonly kind: "reflection";
      readonly message: Pick<OutboundMessage, "text" | "manner" | "stanzaId">;
      readonly nick: string;
      readonly archiveId: string;
      readonly sequence: number;
    }
  | { readonly kind: "receipt"; readonly to: string; readonly from: string; readonly stanzaId: string }
  /** The error that ends a stanza of the user's (RFC 6120 §8.3). */
  | { readonly kind: "error"; readonly of: Outbound; readonly condition: Condition; readonly text: string };
