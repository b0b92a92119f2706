/** How often a connection is looked at, milliseconds. Silent at two looks: it gets a PING, and is dropped at the next but one. */
export const LOOK_EVERY = 20_000;
/** Looks without an answer to an evidence PING, while the server says other things, until it is dropped. */
export const MAX_PONG_LOOKS = 9;
/** Looks after which a connection counts as stable, so that the next back-off begins anew. */
const STABLE_LOOKS = 3;

/**
 * Finds a peer that is gone without a word: after at most 20 s + 20 s of silence a PING, and another
 * 20 s later the end. It counts looks, not the clock: a clock that jumps drops nobody.
 */
export class KeepAlive {
  /** Something was read since the last look. */
  heard = true;
  #probing = false;
  #looks = 0;

  get stable(): boolean {
    return this.#looks >= STABLE_LOOKS;
  }

  /** What to do now; `paused` connections are not read, and so can say nothing. */
  look(paused: boolean): "nothing" | "probe" | "drop" {
    this.#looks++;
    if (this.heard || paused) {
      this.heard = false;
      this.#probing = false;
      return "nothing";
    }
    if (this.#probing) return "drop";
    this.#probing = true;
    return "probe";
  }
}
