import assert from "node:assert/strict";
import type fc from "fast-check";

/** One parser under random input. `Input` is plain JSON, so that what went wrong can be given again. */
export interface Target<Input = unknown> {
  readonly name: string;
  readonly inputs: fc.Arbitrary<Input>;
  /** Gives the input to the parser; throws where it crashes or breaks a promise. */
  run(input: Input): void;
}

/** A target whose inputs are read back from JSON. */
export function target<Input>(
  name: string,
  inputs: fc.Arbitrary<Input>,
  run: (input: Input) => void,
): Target {
  return { name, inputs, run: (input) => run(input as Input) };
}

/** Cheaper than a test library's comparison, which is what most of the time would go into. */
export function same(found: unknown, expected: unknown, what: string): void {
  const [left, right] = [JSON.stringify(found), JSON.stringify(expected)];
  if (left !== right) assert.fail(`${what}: ${clipped(left)} is not ${clipped(right)}`);
}

export function holds(condition: boolean, what: string): void {
  if (!condition) assert.fail(what);
}

function clipped(text: string | undefined): string {
  return text === undefined ? "undefined" : text.slice(0, 200);
}

/** The pieces of something of this length, cut at these places. */
export function cut<Piece>(
  length: number,
  cuts: readonly number[],
  slice: (from: number, to: number) => Piece,
): Piece[] {
  const ends = [...new Set(cuts.map((place) => place % (length + 1))), length].sort((a, b) => a - b);
  return ends.map((end, index) => slice(index === 0 ? 0 : (ends[index - 1] ?? 0), end));
}
