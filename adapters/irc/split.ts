import { indexOfByte } from "./lines.ts";

/** How far back from the end of a piece a space, or the border of a grapheme, is looked for, characters. */
const LOOK_BACK = 64;
/** The longest colour code: `\x04` with two colours of six digits and a comma. */
const LONGEST_CODE = 14;
const COLOUR = /\x03(?:\d{1,2}(?:,\d{1,2})?)?|\x04(?:[0-9a-f]{6}(?:,[0-9a-f]{6})?)?/giu;

const graphemes = new Intl.Segmenter(undefined, { granularity: "grapheme" });

/** The lines of a body that have something in them: IRC knows no line break and no empty message. */
export function splitMessage(body: string): string[] {
  return body.split(/\r\n|\r|\n/).filter((line) => line.trim() !== "");
}

/**
 * Cuts a text into pieces of at most `room` UTF-8 bytes (4 at least): at a space near the end, else
 * between two graphemes, never inside a character or a colour code. The space at a cut is left out.
 */
export function splitText(text: string, room: number): string[] {
  const most = Math.max(4, room);
  if (text.length * 3 <= most) return [text];
  const pieces: string[] = [];
  let start = 0;
  while (start < text.length) {
    const limit = indexOfByte(text, start, most);
    const end = limit >= text.length ? text.length : cutAt(text, start, limit);
    pieces.push(text.slice(start, end));
    start = text.charCodeAt(end) === 32 ? end + 1 : end;
  }
  return pieces.length === 0 ? [text] : pieces;
}

/** The best place to cut in `start < place <= limit`. */
function cutAt(text: string, start: number, limit: number): number {
  if (text.charCodeAt(limit) === 32) return limit;
  const space = text.lastIndexOf(" ", limit - 1);
  if (space > start && space > limit - LOOK_BACK) return space;
  const grapheme = graphemeBorder(text, start, limit);
  const border = outsideColour(text, start, grapheme);
  if (border > start) return border;
  return limit;
}

/** The last border of two graphemes up to `limit`; `limit` where one grapheme fills all of it. */
function graphemeBorder(text: string, start: number, limit: number): number {
  const from = Math.max(start, limit - LOOK_BACK);
  const found = graphemes.segment(text.slice(from, limit + LOOK_BACK)).containing(limit - from);
  const border = found === undefined ? limit : from + found.index;
  return border > start ? border : limit;
}

/** `limit`, or the beginning of the colour code that it would cut. */
function outsideColour(text: string, start: number, limit: number): number {
  const from = Math.max(start, limit - LONGEST_CODE);
  COLOUR.lastIndex = 0;
  for (const code of text.slice(from, limit + LONGEST_CODE).matchAll(COLOUR)) {
    const begin = from + code.index;
    if (begin < limit && begin + code[0].length > limit) return begin;
  }
  return limit;
}
