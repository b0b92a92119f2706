import type { Inbound, Occupant, Subject } from "../../src/domain/events.ts";

/**
 * A member's standing in a channel as bits, so that a member costs one small number. A letter of
 * PREFIX that is not known counts as the highest below it that is.
 */
export const VOICE = 1;
export const HALFOP = 2;
export const OP = 4;
export const ADMIN = 8;
export const FOUNDER = 16;

const BITS: Readonly<Record<string, number>> = {
  v: VOICE,
  h: HALFOP,
  o: OP,
  a: ADMIN,
  q: FOUNDER,
  y: ADMIN,
  Y: ADMIN,
};

/** The bit of a prefix mode's letter; 0 where it is none. `letters` are PREFIX's, highest first. */
export function bitOf(letter: string, letters: string): number {
  const known = BITS[letter];
  if (known !== undefined && letters.includes(letter)) return known;
  const at = letters.indexOf(letter);
  if (at === -1) return 0;
  return at < letters.indexOf("o") ? ADMIN : 0;
}

/** Who waits for a channel to be entered: called with its outcome in the midst of a read, in order. */
export interface Waiter {
  /** The full JID that asked. */
  readonly to?: string;
  done(): void;
  failed(error: Error): void;
}

/** A channel that the user is in, is entering, or was in when the connection was lost. */
export class Channel {
  /** As the server spells it. */
  name: string;
  readonly conversation: string;
  key: string | undefined;
  phase: "joining" | "in" | "lost" = "joining";
  /** Whether the user asked to be in; a server can also put people into channels. */
  shown: boolean;
  moderated = false;
  subject: Subject | undefined;
  /** Bits by nick. */
  members = new Map<string, number>();
  waiters: Waiter[] | undefined;
  /** What was said between our JOIN and the end of NAMES. */
  early: Inbound[] | undefined;
  /** Who asked to leave. */
  leaver: string | undefined;

  constructor(name: string, conversation: string, shown: boolean, key?: string) {
    this.name = name;
    this.conversation = conversation;
    this.shown = shown;
    this.key = key;
  }

  occupant(nick: string, away?: string): Occupant {
    return toOccupant(nick, this.members.get(nick) ?? 0, this.moderated, away);
  }
}

/**
 * What modes are in XMPP (XEP-0045 §5): founder is owner, protected and operator are admin, half-operator is
 * a moderator, voice is member; who has none may speak unless the channel is moderated.
 */
export function toOccupant(nick: string, bits: number, moderated: boolean, away?: string): Occupant {
  if (bits >= FOUNDER) return { nick, role: "moderator", affiliation: "owner", away };
  if (bits >= OP) return { nick, role: "moderator", affiliation: "admin", away };
  if (bits >= HALFOP) return { nick, role: "moderator", affiliation: "none", away };
  if (bits >= VOICE) return { nick, role: "participant", affiliation: "member", away };
  return { nick, role: moderated ? "visitor" : "participant", affiliation: "none", away };
}
