/**
 * IRC's formatting codes (modern.ircdocs.horse/formatting). Bold, italic, struck and monospace spans become
 * XEP-0393 marks where such a span can stand; colours and the rest are dropped.
 */

const MARKS: Readonly<Record<string, string>> = { "\x02": "*", "\x1d": "_", "\x1e": "~", "\x11": "`" };
const CODE =
  /\x03(?:\d{1,2}(?:,\d{1,2})?)?|\x04(?:[0-9a-fA-F]{6}(?:,[0-9a-fA-F]{6})?)?|[\x00-\x08\x0b-\x1f\ufffe\uffff]/g;
const ANY_CODE = /[\x00-\x08\x0b-\x1f\ufffe\uffff]/;
const CONTROL = /[\x00-\x08\x0b-\x1f]/g;
const ANY_CONTROL = /[\x00-\x08\x0b-\x1f]/;

/** The text of an IRC line without codes or anything that XML forbids. */
export function fromIrc(text: string): string {
  return ANY_CODE.test(text) ? convert(text) : text;
}

/** Text on its way to IRC: no C0 control but tab and the line breaks that it is split at. */
export function toIrc(text: string): string {
  return ANY_CONTROL.test(text) ? text.replace(/\r\n?/g, "\n").replace(CONTROL, "") : text;
}

interface Span {
  readonly code: string;
  readonly start: number;
}

function convert(text: string): string {
  let out = "";
  let from = 0;
  let open: Span[] = [];
  for (const match of text.matchAll(CODE)) {
    out += text.slice(from, match.index);
    from = match.index + match[0].length;
    const code = match[0];
    if (code === "\x0f") {
      for (const span of open.reverse()) out = mark(out, span);
      open = [];
    } else if (code in MARKS) {
      const begun = open.findIndex((span) => span.code === code);
      if (begun === -1) open.push({ code, start: out.length });
      else {
        // What was opened later inside ends here too, unmarked: spans do not cross (XEP-0393 §6.2).
        out = mark(out, { code, start: open[begun]?.start ?? 0 });
        open = open.slice(0, begun);
      }
    }
  }
  out += text.slice(from);
  for (const span of open.reverse()) out = mark(out, span);
  return out;
}

/** XEP-0393 §6.2: a span stands alone between spaces and has no space just inside its marks. */
function mark(out: string, span: Span): string {
  const sign = MARKS[span.code] ?? "";
  const inside = out.slice(span.start);
  const before = out.slice(0, span.start);
  const fits = inside !== "" && inside.trim() === inside && !inside.includes(sign);
  return fits && /(?:^|[\s*_~`(])$/.test(before) ? `${before}${sign}${inside}${sign}` : out;
}
