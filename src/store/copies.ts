import type { NewArchived } from "./store.ts";

/** How long a session's copy may come after the first one, milliseconds. */
export const COPY_AGE = 60_000;
/** Most messages of one room that some session has not seen yet. */
export const COPY_MOST = 512;

/** Where a message was archived. */
export interface Place {
  readonly id: string;
  readonly sequence: number;
}

interface Copy {
  readonly place: Place;
  readonly message: NewArchived;
  readonly expires: number;
  networkId: string | undefined;
  /** Sessions that were in the room when it was stored and have not shown their copy. */
  readonly unseen: Set<string>;
}

/**
 * Tells which message of one room a session's copy is of. Every session sees the room through its own
 * connection: the same messages, a little earlier or later. What one nick says comes to all in one
 * order, so a copy is of the oldest message with the same nick and text that this session has not shown.
 * The sender's own copy comes late, when the network has confirmed it, and is matched the same way.
 */
export class Copies {
  /** Oldest first. */
  readonly #all = new Set<Copy>();
  readonly #byText = new Map<string, Copy[]>();
  readonly #byNetworkId = new Map<string, Copy>();

  get size(): number {
    return this.#all.size;
  }

  /** The place of the message that this is a copy of, if it is one. */
  find(message: NewArchived, session: string): Place | undefined {
    const { networkId } = message;
    const copy = (networkId && this.#byNetworkId.get(networkId)) || this.#alike(message, session);
    if (copy === undefined) return undefined;
    if (networkId !== undefined && copy.networkId === undefined) {
      copy.networkId = networkId;
      this.#byNetworkId.set(networkId, copy);
    }
    this.#see(copy, session);
    return copy.place;
  }

  /** A message was stored that these sessions will see too. */
  add(message: NewArchived, place: Place, unseen: Set<string>, now: number): void {
    this.expire(now);
    const copy: Copy = { place, message, expires: now + COPY_AGE, networkId: message.networkId, unseen };
    this.#all.add(copy);
    if (copy.networkId !== undefined) this.#byNetworkId.set(copy.networkId, copy);
    const same = this.#byText.get(message.text);
    if (same === undefined) this.#byText.set(message.text, [copy]);
    else same.push(copy);
    if (this.#all.size > COPY_MOST) this.#removeOldest();
  }

  /** Nothing more will come from this session. */
  forget(session: string): void {
    for (const copy of this.#all) this.#see(copy, session);
  }

  /** Drops what is too old to be matched. */
  expire(now: number): void {
    for (const copy of this.#all) {
      // A clock that was set back must not keep copies for ever.
      if (copy.expires > now && copy.expires <= now + COPY_AGE) return;
      this.#remove(copy);
    }
  }

  #alike(message: NewArchived, session: string): Copy | undefined {
    return this.#byText
      .get(message.text)
      ?.find(
        (copy) =>
          copy.message.nick === message.nick &&
          copy.message.manner === message.manner &&
          copy.unseen.has(session) &&
          (copy.networkId === undefined || message.networkId === undefined),
      );
  }

  #see(copy: Copy, session: string): void {
    if (copy.unseen.delete(session) && copy.unseen.size === 0) this.#remove(copy);
  }

  #removeOldest(): void {
    const [oldest] = this.#all;
    if (oldest !== undefined) this.#remove(oldest);
  }

  #remove(copy: Copy): void {
    this.#all.delete(copy);
    if (copy.networkId !== undefined && this.#byNetworkId.get(copy.networkId) === copy) {
      this.#byNetworkId.delete(copy.networkId);
    }
    const same = this.#byText.get(copy.message.text);
    if (same === undefined) return;
    if (same.length === 1) this.#byText.delete(copy.message.text);
    else same.splice(same.indexOf(copy), 1);
  }
}
