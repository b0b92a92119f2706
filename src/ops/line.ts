const COLOURS: Readonly<Record<string, string>> = { debug: "90", info: "32", warn: "33", error: "31" };
/** Longest value shown after a message; the whole stands in the JSON form. */
const MOST_VALUE = 300;

/**
 * One JSON log line as a line for people: time, level, message, then `key=value`. What the line
 * holds of a peer's text cannot break it or speak to the terminal: control characters are escaped.
 *
 * @example 09:15:02 info  ready  components=irc.example.org
 */
export function formatLine(json: string, colour: boolean): string {
  const { time, level, msg, ...fields } = parse(json);
  const label = String(level ?? "info").padEnd(5);
  const shown = colour ? `\u001b[${COLOURS[String(level)] ?? "0"}m${label}\u001b[0m` : label;
  const values = Object.entries(fields).flatMap(([key, value]) =>
    value === undefined ? [] : [`${key}=${inline(value)}`],
  );
  const words = [
    clock(time),
    shown,
    escapeControl(String(msg ?? "")),
    ...(values.length > 0 ? [` ${values.join(" ")}`] : []),
  ];
  return `${words.join(" ")}\n`;
}

function parse(json: string): Record<string, unknown> {
  try {
    return JSON.parse(json);
  } catch {
    return { msg: json };
  }
}

/** Local time of day: a terminal is watched today. */
function clock(time: unknown): string {
  const date = new Date(String(time));
  return Number.isNaN(date.getTime()) ? "--:--:--" : date.toTimeString().slice(0, 8);
}

function inline(value: unknown): string {
  const error = errorText(value);
  const text = error ?? (typeof value === "string" ? value : JSON.stringify(value));
  const cut = text.length > MOST_VALUE ? `${text.slice(0, MOST_VALUE)}…` : text;
  return escapeControl(/^[^\s"=]+$/.test(cut) ? cut : JSON.stringify(cut));
}

/** An error's message and those of its causes; the stack is for the JSON form. */
function errorText(value: unknown): string | undefined {
  if (typeof value !== "object" || value === null || !("message" in value) || !("stack" in value))
    return undefined;
  const cause = "cause" in value ? errorText(value.cause) : undefined;
  return cause === undefined ? String(value.message) : `${String(value.message)}: ${cause}`;
}

function escapeControl(text: string): string {
  return text.replace(
    /[\u0000-\u001f\u007f-\u009f\u2028\u2029\u202a-\u202e\u2066-\u2069]/g,
    (char) => `\\u${char.charCodeAt(0).toString(16).padStart(4, "0")}`,
  );
}
