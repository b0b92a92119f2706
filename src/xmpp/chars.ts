/** The characters and names of XML 1.0, as far as RFC 6120 §11 leaves them. Shared by parser and serialiser. */

const NAME_START =
  "[:A-Z_a-z\\u00C0-\\u00D6\\u00D8-\\u00F6\\u00F8-\\u02FF\\u0370-\\u037D\\u037F-\\u1FFF\\u200C\\u200D\\u2070-\\u218F\\u2C00-\\u2FEF\\u3001-\\uD7FF\\uF900-\\uFDCF\\uFDF0-\\uFFFD\\u{10000}-\\u{EFFFF}]";
const NAME_REST = `(?:${NAME_START}|[-.0-9\\u00B7\\u0300-\\u036F\\u203F\\u2040])*`;
const NAME = new RegExp(`^${NAME_START}${NAME_REST}$`, "u");

/** Whether `name` is a Name (XML 1.0 §2.3) with at most one colon, and that one inside it (Namespaces §4). */
export function isName(name: string): boolean {
  const colon = name.indexOf(":");
  if (colon === 0 || (colon > 0 && colon === name.length - 1) || colon !== name.lastIndexOf(":"))
    return false;
  return NAME.test(name);
}

/** Whether a code point is a Char (XML 1.0 §2.2). */
export function isChar(code: number): boolean {
  if (code < 0x20) return code === 0x9 || code === 0xa || code === 0xd;
  if (code < 0xd800) return true;
  return (code >= 0xe000 && code <= 0xfffd) || (code >= 0x10000 && code <= 0x10ffff);
}

/**
 * A table of the ASCII characters at which a scan stops: every control character but those in
 * `pass`, and those in `stop`.
 */
export function stops(stop: string, pass = ""): Uint8Array {
  const table = new Uint8Array(128);
  for (let code = 0; code < 0x20; code++) table[code] = pass.includes(String.fromCharCode(code)) ? 0 : 1;
  for (const char of stop) table[char.charCodeAt(0)] = 1;
  return table;
}

/**
 * The index of the first character, from `at` on, that is in the table or that XML does not allow
 * (a lone surrogate, U+FFFE, U+FFFF); the length where there is none.
 */
export function scan(data: string, at: number, table: Uint8Array): number {
  let i = at;
  for (; i < data.length; i++) {
    const code = data.charCodeAt(i);
    if (code < 128) {
      if (table[code] === 1) return i;
    } else if (code >= 0xd800) {
      if (code > 0xfffd) return i;
      if (code < 0xe000) {
        if (!isPair(code, data.charCodeAt(i + 1))) return i;
        i++;
      }
    }
  }
  return i;
}

function isPair(high: number, low: number): boolean {
  return high < 0xdc00 && low >= 0xdc00 && low <= 0xdfff;
}

/** A character in words that are safe in a log: `U+0001`. */
export function charName(data: string, at: number): string {
  return `U+${(data.codePointAt(at) ?? 0).toString(16).toUpperCase().padStart(4, "0")}`;
}
