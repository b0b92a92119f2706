import { Bounded } from "./bounded.ts";

/** Where what a nick writes to the user alone is shown. */
export interface Place {
  readonly conversation: string;
  /** The user wrote to the nick as an occupant of this room: the answer comes from there. */
  readonly room: boolean;
}

/** Most nicks remembered per server. */
export const MAX_CORRESPONDENTS = 64;

/**
 * Through which address the user last wrote to a nick (folded): IRC knows only one kind of private message, XMPP
 * two.
 */
export class Correspondents {
  readonly #places = new Bounded<Place>(MAX_CORRESPONDENTS);

  remember(nick: string, place: Place): void {
    this.#places.set(nick, place);
  }

  place(nick: string): Place | undefined {
    return this.#places.get(nick);
  }

  /** The nick goes by another name. */
  rename(from: string, to: string): void {
    const place = this.#places.get(from);
    if (place === undefined) return;
    this.#places.delete(from);
    // A contact's address is its nick: what it was does not lead to it any more.
    if (place.room) this.remember(to, place);
  }
}
