/**
 * One copy of each string that comes again and again (names, addresses, namespaces). A string cut
 * out of a read keeps the whole read in memory for as long as it lives; the copy kept here does not,
 * and comparing and hashing it is cheap. Bounded: when full it forgets everything and begins anew.
 */
export class Intern {
  readonly #known = new Map<string, string>();
  readonly #most: number;
  readonly #longest: number;

  /** At most `most` strings, none longer than `longest` UTF-16 units. */
  constructor(most: number, longest: number) {
    this.#most = most;
    this.#longest = longest;
  }

  get size(): number {
    return this.#known.size;
  }

  /** The kept copy, or undefined. */
  find(value: string): string | undefined {
    return this.#known.get(value);
  }

  /** The kept copy; made now where there is none and the value is not too long. */
  get(value: string): string {
    return this.#known.get(value) ?? this.add(value);
  }

  add(value: string): string {
    if (value.length > this.#longest) return value;
    if (this.#known.size >= this.#most) this.#known.clear();
    // Through bytes and back: there is no other way to be sure of a copy.
    const copy = Buffer.from(value, "utf16le").toString("utf16le");
    this.#known.set(copy, copy);
    return copy;
  }
}
