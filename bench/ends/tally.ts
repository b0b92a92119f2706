/** Every message of a run carries `seq=` and ten digits: enough to see a loss, a repetition or a swap. */
export const MARK = "seq=";
const DIGITS = 10;
const ZERO = 48;

/** The text of message `sequence`: small, as people's lines in a chat are. */
export function textOf(sequence: number): string {
  return `${MARK}${String(sequence).padStart(DIGITS, "0")} a small line of talk`;
}

/** The number after a mark at `at`, or -1 where there is none. */
export function sequenceAt(text: string, at: number): number {
  let value = 0;
  for (let index = at + MARK.length; index < at + MARK.length + DIGITS; index += 1) {
    const digit = text.charCodeAt(index) - ZERO;
    if (!(digit >= 0 && digit <= 9)) return -1;
    value = value * 10 + digit;
  }
  return value;
}

/** Counts what arrives at one end, and whether it came whole and in order. */
export class Tally {
  /** Messages that arrived. */
  seen = 0;
  /** Messages that were not the next one: something was lost, repeated or overtaken. */
  strays = 0;
  #next: number;

  constructor(first: number) {
    this.#next = first;
  }

  take(sequence: number): void {
    this.seen += 1;
    if (sequence !== this.#next) this.strays += 1;
    this.#next = sequence + 1;
  }
}
