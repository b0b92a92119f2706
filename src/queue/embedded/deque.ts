/** A first-in-first-out list whose front can be taken without moving the rest each time. */
export class Deque<T> {
  #items: T[] = [];
  #first = 0;

  get length(): number {
    return this.#items.length - this.#first;
  }

  /** The item `index` places from the front. */
  at(index: number): T | undefined {
    return this.#items[this.#first + index];
  }

  push(item: T): void {
    this.#items.push(item);
  }

  /** Takes the newest. */
  pop(): T | undefined {
    return this.length === 0 ? undefined : this.#items.pop();
  }

  /** Takes the oldest. */
  shift(): T | undefined {
    const item = this.at(0);
    this.drop(1);
    return item;
  }

  /** Takes the oldest `count` away. */
  drop(count: number): void {
    this.#first = Math.min(this.#first + count, this.#items.length);
    if (this.#first === this.#items.length) {
      this.#items.length = 0;
      this.#first = 0;
    } else if (this.#first > 1024 && this.#first * 2 > this.#items.length) {
      this.#items = this.#items.slice(this.#first);
      this.#first = 0;
    }
  }

  /** The oldest `count`, left in place. */
  front(count: number): T[] {
    return this.#items.slice(this.#first, this.#first + count);
  }
}
