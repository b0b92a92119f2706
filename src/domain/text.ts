/** What is done to text from people and networks before it goes into XML, logs or sentences. */

/** Some surrogate, or what XML 1.0 §2.2 has no place for: then a closer look is needed. */
const suspicious = /[\0-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]/;
const controls = /[\0-\x08\x0b\x0c\x0e-\x1f]+/g;
const noncharacters = /[\ufffe\uffff]/g;

/**
 * Text that XML 1.0 can hold: controls (shown by nobody) are dropped; U+FFFE, U+FFFF and lone
 * surrogates become U+FFFD. Tab, LF and CR stay. Costs one test where there is nothing to do.
 */
export function legalXml(text: string): string {
  if (!suspicious.test(text)) return text;
  return text.replace(controls, "").replace(noncharacters, "\ufffd").toWellFormed();
}

/** Length in UTF-8 bytes; a lone surrogate counts as the three of U+FFFD. */
export function utf8Length(text: string): number {
  return Buffer.byteLength(text);
}

/**
 * The beginning of a text that fits `maxBytes` of UTF-8, never cut inside a character; with `mark`
 * (and within the bound) at its end where something was cut off.
 */
export function clip(text: string, maxBytes: number, mark = "…"): string {
  // Each UTF-16 unit is at most three bytes.
  if (text.length * 3 <= maxBytes || utf8Length(text) <= maxBytes) return text;
  const room = maxBytes - utf8Length(mark);
  if (room < 0) return "";
  return beginning(text, room) + mark;
}

function beginning(text: string, maxBytes: number): string {
  const bytes = Buffer.from(text.slice(0, maxBytes));
  let end = Math.min(maxBytes, bytes.length);
  // A byte 10xxxxxx goes on with a character that began before (RFC 3629 §3).
  while (end > 0 && ((bytes[end] ?? 0) & 0xc0) === 0x80) end--;
  return bytes.toString("utf8", 0, end);
}

/** Longest sentence made from what a network says, UTF-8 bytes. */
export const MAX_SENTENCE = 500;

/** One line: runs of white space and controls become one space, ends trimmed, length bounded. */
export function oneLine(text: string, maxBytes = MAX_SENTENCE): string {
  // What cannot fit is not looked at; two thirds of a text may be white space and still fill the line.
  const looked = text.slice(0, maxBytes * 3);
  return clip(legalXml(looked.replace(/[\s\0-\x1f\x7f-\x9f]+/g, " ").trim()), maxBytes);
}

/**
 * A sentence for a person, on one line, from parts such as what happened and what to do: joined by `; `,
 * a full stop at the end. Empty parts are left out. Capitals stay: a name may stand first.
 *
 * @example sentence("#chan cannot be joined", "Channel is invite-only (+i).") // "#chan cannot be joined; Channel is invite-only (+i)."
 */
export function sentence(...parts: readonly (string | undefined)[]): string {
  const said = parts
    .map((part) => oneLine(part ?? "").replace(/[.;:, ]+$/, ""))
    .filter((part) => part !== "");
  const joined = clip(said.join("; "), MAX_SENTENCE);
  return joined === "" || /[.!?…]$/.test(joined) ? joined : `${joined}.`;
}
