import type { Lane } from "./lane.ts";

/** Parked lanes by the time they are due: a binary heap, in which each lane knows its place. */
export class Parked {
  readonly #heap: Lane[] = [];

  get size(): number {
    return this.#heap.length;
  }

  /** The lane that is due first. */
  get first(): Lane | undefined {
    return this.#heap[0];
  }

  /** All parked lanes, in no order. A copy: lanes may be taken out while it is read. */
  all(): Lane[] {
    return [...this.#heap];
  }

  /** Puts a lane in, or in its new place where `due` has changed. */
  put(lane: Lane): void {
    if (lane.place < 0) {
      lane.place = this.#heap.length;
      this.#heap.push(lane);
    }
    this.#up(lane);
    this.#down(lane);
  }

  remove(lane: Lane): void {
    const { place } = lane;
    if (place < 0) return;
    lane.place = -1;
    const last = this.#heap.pop();
    if (last === undefined || last === lane) return;
    this.#set(last, place);
    this.#up(last);
    this.#down(last);
  }

  #set(lane: Lane, place: number): void {
    this.#heap[place] = lane;
    lane.place = place;
  }

  #up(lane: Lane): void {
    while (lane.place > 0) {
      const above = this.#heap[(lane.place - 1) >> 1];
      if (above === undefined || above.due <= lane.due) return;
      this.#swap(lane, above);
    }
  }

  #down(lane: Lane): void {
    for (;;) {
      const left = this.#heap[lane.place * 2 + 1];
      const right = this.#heap[lane.place * 2 + 2];
      const least = right !== undefined && left !== undefined && right.due < left.due ? right : left;
      if (least === undefined || least.due >= lane.due) return;
      this.#swap(lane, least);
    }
  }

  #swap(a: Lane, b: Lane): void {
    const { place } = a;
    this.#set(a, b.place);
    this.#set(b, place);
  }
}
