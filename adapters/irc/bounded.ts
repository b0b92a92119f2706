/** A map that remembers at most so many keys; made on first use, as most sessions never need it. */
export class Bounded<Value> {
  readonly #most: number;
  #entries: Map<string, Value> | undefined;

  constructor(most: number) {
    this.#most = most;
  }

  get size(): number {
    return this.#entries?.size ?? 0;
  }

  get(key: string): Value | undefined {
    return this.#entries?.get(key);
  }

  /** Sets it anew; beyond the bound, the one set longest ago is forgotten. */
  set(key: string, value: Value): void {
    this.#entries ??= new Map();
    this.#entries.delete(key);
    this.#entries.set(key, value);
    if (this.#entries.size <= this.#most) return;
    for (const oldest of this.#entries.keys()) {
      this.#entries.delete(oldest);
      return;
    }
  }

  delete(key: string): boolean {
    return this.#entries?.delete(key) ?? false;
  }
}
