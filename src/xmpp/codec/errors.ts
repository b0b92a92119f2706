import { childElements, type Element, el } from "../../domain/element.ts";
import type { Condition } from "../../domain/errors.ts";
import { NS } from "./namespaces.ts";

type ErrorType = "auth" | "cancel" | "modify" | "wait";

/** RFC 6120 §8.3.3: the type that goes with each condition. */
const TYPES: Record<Condition, ErrorType> = {
  "bad-request": "modify",
  conflict: "cancel",
  "feature-not-implemented": "cancel",
  forbidden: "auth",
  gone: "cancel",
  "internal-server-error": "cancel",
  "item-not-found": "cancel",
  "jid-malformed": "modify",
  "not-acceptable": "modify",
  "not-allowed": "cancel",
  "not-authorized": "auth",
  "policy-violation": "modify",
  "recipient-unavailable": "wait",
  "registration-required": "auth",
  "remote-server-not-found": "cancel",
  "remote-server-timeout": "wait",
  "resource-constraint": "wait",
  "service-unavailable": "cancel",
  "unexpected-request": "wait",
};

/** The `<error/>` child: condition, and a sentence for the user. */
export function errorChild(condition: Condition, text?: string): Element {
  return el(
    "error",
    { type: TYPES[condition] },
    el(condition, { xmlns: NS.stanzas }),
    text === undefined ? undefined : el("text", { xmlns: NS.stanzas, "xml:lang": "en" }, text),
  );
}

/** What an error answers: name, addresses and id of the stanza that failed. */
export interface Failed {
  readonly name: string;
  readonly from: string;
  readonly to: string;
  readonly id?: string | undefined;
}

/** RFC 6120 §8.3.1: the error stanza that goes back; `extra` are children before the error. */
export function errorStanza(
  failed: Failed,
  condition: Condition,
  text?: string,
  ...extra: Element[]
): Element {
  const attrs = { type: "error", from: failed.to, to: failed.from, id: failed.id };
  return el(failed.name, attrs, ...extra, errorChild(condition, text));
}

/** The error that answers a received stanza. */
export function errorReply(stanza: Element, condition: Condition, text?: string): Element {
  const { from = "", to = "", id } = stanza.attrs;
  return errorStanza({ name: stanza.name, from, to, id }, condition, text);
}

/** The condition in a received error stanza; undefined where there is none that RFC 6120 knows. */
export function conditionOf(stanza: Element): Condition | undefined {
  const error = childElements(stanza).find((node) => node.name === "error");
  const named = error && childElements(error).find((node) => node.attrs.xmlns === NS.stanzas);
  return named !== undefined && named.name in TYPES ? (named.name as Condition) : undefined;
}

/** RFC 6120 §8.2.3: the result that answers an iq. */
export function resultReply(iq: Element, payload?: Element): Element {
  return el("iq", { type: "result", from: iq.attrs.to, to: iq.attrs.from, id: iq.attrs.id }, payload);
}
