import { FOLDED, NEUTRAL, NOTHING, PROHIBITED, RIGHT, UNASSIGNED } from "./prep-tables.ts";

/**
 * Preparation of JID parts as servers do it: the stringprep profiles of RFC 6122 (nodeprep, nameprep,
 * resourceprep), with the answers of Prosody 0.12 built with ICU. What Unicode 3.2 had no character for is
 * taken as it is, neither folded nor normalised, as servers do for "queries" (RFC 3454 §7). The tests
 * compare every code point with Prosody.
 */

/** Longest part of a JID, UTF-8 bytes, before and after preparation (RFC 7622 §3.1). */
export const MAX_PART = 1023;

/** A regular expression's class from a set of the tables. */
function classOf(set: string): string {
  return set.replaceAll(/([0-9a-f]+)/g, "\\u{$1}").replaceAll(" ", "");
}

const unassigned = new RegExp(`[${classOf(UNASSIGNED)}]`, "u");
const assignedRuns = new RegExp(`[^${classOf(UNASSIGNED)}]+`, "gu");
const nothing = new RegExp(`[${classOf(NOTHING)}]+`, "gu");
const prohibited = new RegExp(`[${classOf(PROHIBITED)}]`, "u");
const right = new RegExp(`[${classOf(RIGHT)}]`, "u");
const left = new RegExp(`[^${classOf(RIGHT)}${classOf(NEUTRAL)}]`, "u");
const rightAtBothEnds = new RegExp(`^[${classOf(RIGHT)}](.*[${classOf(RIGHT)}])?$`, "su");

const folds = new Map(
  FOLDED.split(" ").map((pair): [string, string] => {
    const [from = "", to = ""] = pair.split("=");
    return [charOf(from), to.split("+").map(charOf).join("")];
  }),
);
const folded = new RegExp(
  `[${FOLDED.replaceAll(/=\S+/g, "").replaceAll(/([0-9a-f]+) ?/g, "\\u{$1}")}]`,
  "gu",
);

function charOf(hex: string): string {
  return String.fromCodePoint(Number.parseInt(hex, 16));
}

/** RFC 6122 appendix A.5 and RFC 3454 table C.1.1: not in a localpart. */
const notInLocal = /[\0-\x20"&'/:<>@\x7f]/;
const notInResource = /[\0-\x1f\x7f]/;
/** No server can be reached under a name with these (RFC 5892, and `_` for names of local networks). */
const notInDomain = /[\0-,/:-@[-^`{-\x7f]/;

const plainLocal = /^[!#$%(-.0-9;=?A-Z[-~]+$/;
const plainResource = /^[\x20-\x7e]+$/;
const plainDomain = /^[A-Za-z0-9_-]+(?:\.[A-Za-z0-9_-]+)*$/;
const ipv6 = /^\[[0-9a-f:]+(?::\d+\.\d+\.\d+\.\d+)?(?:%25[a-z0-9._~-]+)?\]$/;

/**
 * The localpart as servers compare it (nodeprep).
 *
 * @returns undefined for what cannot be a localpart, the empty one among them
 */
export function prepareLocal(text: string): string | undefined {
  if (plainLocal.test(text)) return text.length > MAX_PART ? undefined : text.toLowerCase();
  const prepared = prepare(text, true);
  return prepared === undefined || notInLocal.test(prepared) ? undefined : prepared;
}

/** The resource as servers compare it (resourceprep): case stays. Undefined for what cannot be one. */
export function prepareResource(text: string): string | undefined {
  if (plainResource.test(text)) return text.length > MAX_PART ? undefined : text;
  const prepared = prepare(text, false);
  return prepared === undefined || notInResource.test(prepared) ? undefined : prepared;
}

/**
 * The domain as servers compare it (nameprep), without the dot of the root. A-labels (`xn--…`) are left as
 * they are: servers take them for other names than their U-labels. IPv6 addresses stand in brackets.
 *
 * @returns undefined for what no server can be called
 */
export function prepareDomain(text: string): string | undefined {
  const name = text.endsWith(".") ? text.slice(0, -1) : text;
  if (plainDomain.test(name)) return name.length > MAX_PART ? undefined : name.toLowerCase();
  const prepared = prepare(name, true);
  if (prepared === undefined || ipv6.test(prepared)) return prepared;
  if (notInDomain.test(prepared) || prepared.split(".").includes("")) return undefined;
  return prepared;
}

/** RFC 3454 §2: map, normalise, then look for what is prohibited and for mixed directions. */
function prepare(text: string, fold: boolean): string | undefined {
  if (text.length > MAX_PART || !text.isWellFormed() || Buffer.byteLength(text) > MAX_PART) return undefined;
  const prepared = normalise(map(text, fold));
  if (prepared === "" || Buffer.byteLength(prepared) > MAX_PART) return undefined;
  return prohibited.test(prepared) || !directed(prepared) ? undefined : prepared;
}

/** RFC 3454 §3. */
function map(text: string, fold: boolean): string {
  const kept = text.replace(nothing, "");
  return fold ? kept.replace(folded, (char) => folds.get(char) ?? char) : kept;
}

/** RFC 3454 §4, of the characters that Unicode 3.2 had. */
function normalise(text: string): string {
  if (!unassigned.test(text)) return text.normalize("NFKC");
  return text.replace(assignedRuns, (run) => run.normalize("NFKC"));
}

/** RFC 3454 §6: with a right-to-left character, no left-to-right one, and such at both ends. */
function directed(text: string): boolean {
  return !right.test(text) || (!left.test(text) && rightAtBothEnds.test(text));
}
