import fc from "fast-check";

/** Longest text made by repetition, UTF-16 units: more than any parser takes at once, so that slow growth shows. */
const LONGEST = 80_000;
const PLACES = 1_000_000;

interface Change {
  readonly kind: "insert" | "delete" | "double" | "repeat" | "swap" | "replace";
  /** Millionths of the text's length. */
  readonly at: number;
  readonly length: number;
  readonly times: number;
  readonly piece: string;
}

/** Something of a dictionary, or any character there is, halves of characters among them. */
function pieces(dictionary: readonly string[]): fc.Arbitrary<string> {
  return fc.oneof(
    { weight: 6, arbitrary: fc.constantFrom(...dictionary) },
    { weight: 2, arbitrary: fc.string({ unit: "grapheme", maxLength: 4 }) },
    { weight: 1, arbitrary: fc.string({ unit: "binary", maxLength: 4 }) },
    { weight: 1, arbitrary: fc.integer({ min: 0, max: 0xffff }).map((unit) => String.fromCharCode(unit)) },
  );
}

function changes(dictionary: readonly string[]): fc.Arbitrary<Change[]> {
  const change = fc.record({
    kind: fc.constantFrom<Change["kind"]>(
      "insert",
      "insert",
      "delete",
      "double",
      "repeat",
      "swap",
      "replace",
    ),
    at: fc.nat({ max: PLACES }),
    length: fc.nat({ max: 30 }),
    times: fc.oneof(
      { weight: 9, arbitrary: fc.nat({ max: 20 }) },
      { weight: 1, arbitrary: fc.nat({ max: LONGEST }) },
    ),
    piece: pieces(dictionary),
  });
  return fc.array(change, { maxLength: 8 });
}

/** Texts of a corpus with random changes: cut, repeated, and with pieces of a dictionary put in. */
export function mutated(corpus: readonly string[], dictionary: readonly string[]): fc.Arbitrary<string> {
  return fc
    .tuple(fc.constantFrom(...corpus), changes(dictionary))
    .map(([text, list]) => list.reduce(apply, text));
}

/** Texts put together from a dictionary alone. */
export function joined(dictionary: readonly string[], maxLength = 24): fc.Arbitrary<string> {
  return fc.array(pieces(dictionary), { maxLength }).map((list) => list.join(""));
}

function apply(text: string, { kind, at, length, times, piece }: Change): string {
  const start = Math.floor((at / PLACES) * text.length);
  const [before, rest] = [text.slice(0, start), text.slice(start)];
  const part = rest.slice(0, length);
  switch (kind) {
    case "insert":
      return before + piece + rest;
    case "delete":
      return before + rest.slice(length);
    case "double":
      return before + part + rest;
    case "repeat": {
      const again = part === "" || length % 2 === 0 ? piece : part;
      return before + again.repeat(Math.min(times, Math.floor(LONGEST / (again.length + 1)))) + rest;
    }
    case "swap":
      return rest + before;
    case "replace":
      return before + piece + rest.slice(length);
  }
}
