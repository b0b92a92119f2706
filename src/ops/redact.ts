/** What stands in a log line where a secret was. */
export const REDACTED = "[redacted]";

const SECRET_KEY = /pass(word|wd|phrase)?$|secret|token|credential|handshake|sasl|authorization|cookie/i;

/** Protocol text that carries a secret: XEP-0114 handshake, SASL, IRC's PASS, AUTHENTICATE, JOIN keys, a URL's user. */
const SECRET_TEXT: readonly [RegExp, string][] = [
  [/(<handshake[^>]*>)[^<]*/gi, `$1${REDACTED}`],
  [/(<(?:auth|response|password)\b[^>]*>)[^<]*/gi, `$1${REDACTED}`],
  [/\b((?:PASS|AUTHENTICATE|OPER \S+) :?)[^\s"\\]+/g, `$1${REDACTED}`],
  [/\b(JOIN [^\s"]+ :?)[^\s"\\]+/g, `$1${REDACTED}`],
  [/(\bpassword['" ]*[=:]['" ]*)[^\s'",;]+/gi, `$1${REDACTED}`],
  [/(:\/\/[^\s/:@"]*:)[^\s/@"]+@/g, `$1${REDACTED}@`],
];

/** Shorter texts are parts of ordinary words: blanking them out would garble every line. */
const LEAST_SECRET = 6;
/** Deepest nesting of a log line's fields that is shown. */
const MOST_DEPTH = 6;

/** Takes secrets out of what is logged. */
export interface Redactor {
  /** A copy of the fields, without the values of keys that name a secret. */
  fields(fields: object): Record<string, unknown>;
  /** A finished line: the known secrets and what protocols carry secrets in, blanked out. */
  line(line: string): string;
  /** Adds secrets of a config that was read again. */
  add(secrets: readonly string[]): void;
}

/** @param secrets the config's secret texts */
export function createRedactor(secrets: readonly string[]): Redactor {
  const known = new Set<string>();
  const add = (more: readonly string[]): void => {
    for (const secret of more) {
      for (const form of formsOf(secret)) known.add(form);
    }
  };
  add(secrets);
  return {
    fields: (fields) => redactFields(fields, 0),
    line: (line) => redactLine(line, known),
    add,
  };
}

/** A secret as it may stand in a line: as it is, in JSON, in base64, in a URL. */
function formsOf(secret: string): string[] {
  if (secret.length < LEAST_SECRET) return [];
  const base64 = Buffer.from(secret).toString("base64").replace(/=+$/, "");
  return [secret, JSON.stringify(secret).slice(1, -1), base64, encodeURIComponent(secret.toWellFormed())];
}

function redactLine(line: string, known: ReadonlySet<string>): string {
  let clean = line;
  for (const secret of known) clean = clean.replaceAll(secret, REDACTED);
  for (const [pattern, replacement] of SECRET_TEXT) clean = clean.replace(pattern, replacement);
  return clean;
}

function redactFields(fields: object, depth: number): Record<string, unknown> {
  const kept: Record<string, unknown> = {};
  for (const [key, value] of Object.entries(fields)) {
    kept[key] = SECRET_KEY.test(key) && value !== undefined ? REDACTED : redactValue(value, depth + 1);
  }
  return kept;
}

function redactValue(value: unknown, depth: number): unknown {
  if (value instanceof Error) return errorFields(value, depth);
  if (typeof value === "bigint") return value.toString();
  if (typeof value !== "object" || value === null) return value;
  if (depth > MOST_DEPTH) return "[deeper]";
  if (Array.isArray(value)) return value.slice(0, 50).map((item) => redactValue(item, depth + 1));
  if (value instanceof Uint8Array) return `[${value.length} bytes]`;
  return redactFields(value, depth);
}

/** Name, message, code and stack; other properties of an error may hold whole requests. */
function errorFields(error: Error, depth: number): object {
  const code = "code" in error ? error.code : undefined;
  const cause =
    error.cause === undefined || depth > MOST_DEPTH ? undefined : redactValue(error.cause, depth + 1);
  return { type: error.name, message: error.message, code, stack: error.stack, cause };
}
