/** XEP-0106: how a localpart holds the ten characters that nodeprep prohibits or that escape them. */

const codes: ReadonlyMap<string, string> = new Map([
  [" ", "\\20"],
  ['"', "\\22"],
  ["&", "\\26"],
  ["'", "\\27"],
  ["/", "\\2f"],
  [":", "\\3a"],
  ["<", "\\3c"],
  [">", "\\3e"],
  ["@", "\\40"],
  ["\\", "\\5c"],
]);
const characters: ReadonlyMap<string, string> = new Map([...codes].map(([char, code]) => [code, char]));

/** A backslash only where it would look like an escape (§4.2), in capitals too: a server folds them. */
const toEscape = /[ "&'/:<>@]|\\(?=20|22|26|27|2f|3a|3c|3e|40|5c)/gi;
/** §4.1: a space is never escaped at an end, so there is none to unescape. */
const toUnescape = /(?!^\\20|\\20$)\\(?:20|22|26|27|2f|3a|3c|3e|40|5c)/gi;

/**
 * Escapes an address of another network for use as a localpart. What else nodeprep prohibits is left as
 * it is: prepare the result (prep.ts).
 *
 * @returns undefined for what begins or ends with a space: no localpart can hold it
 */
export function escapeLocal(text: string): string | undefined {
  if (text.startsWith(" ") || text.endsWith(" ")) return undefined;
  return text.replace(toEscape, (char) => codes.get(char) ?? char);
}

/** The opposite of {@link escapeLocal}: total, and what is no escape stays as it is. */
export function unescapeLocal(local: string): string {
  if (!local.includes("\\")) return local;
  return local.replace(toUnescape, (code) => characters.get(code.toLowerCase()) ?? code);
}
