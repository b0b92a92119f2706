import { isChar } from "./chars.ts";

/** Longest reference between `&` and `;`: leading zeros are legal, endless ones are not. */
export const maxReference = 32;

/**
 * The text of a reference, by what stands between `&` and `;`: one of the five entities that
 * RFC 6120 §11.1 allows, or a code point. Undefined for anything else.
 */
export function resolveReference(name: string): string | undefined {
  switch (name) {
    case "amp":
      return "&";
    case "lt":
      return "<";
    case "gt":
      return ">";
    case "quot":
      return '"';
    case "apos":
      return "'";
    default:
      return numeric(name);
  }
}

function numeric(name: string): string | undefined {
  const hex = /^#x([0-9a-fA-F]+)$/.exec(name)?.[1];
  const decimal = /^#([0-9]+)$/.exec(name)?.[1];
  const code = hex === undefined ? Number.parseInt(decimal ?? "", 10) : Number.parseInt(hex, 16);
  return isChar(code) ? String.fromCodePoint(code) : undefined;
}
