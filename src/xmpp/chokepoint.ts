import type { Element } from "../domain/element.ts";
import { parseJid } from "../domain/jid.ts";
import type { Refused } from "./link.ts";
import { IllegalXmlError, serialize } from "./serialize.ts";

/** What is left of a batch when it has been looked through. */
export interface Passed {
  /** The stanzas as XML, one after the other; "" for none. */
  readonly xml: string;
  readonly refused: readonly Refused[];
}

type Refusal = Omit<Refused, "index">;

const none: readonly Refused[] = [];
const stanzaNames = new Set(["message", "presence", "iq"]);

/**
 * The one place that all stanzas leave by. A server closes the whole stream, for all users, for
 * what is refused here: another domain's `from`, characters that XML has no place for, too many
 * bytes; what it drops without a word, a malformed address, is refused as well. Never throws.
 *
 * @param domain the component's own, as the server knows it
 * @param maxStanza UTF-8 bytes
 */
export function passOut(batch: readonly Element[], domain: string, maxStanza: number): Passed {
  let xml = "";
  let refused: Refused[] | undefined;
  for (let index = 0; index < batch.length; index++) {
    const stanza = batch[index];
    if (stanza === undefined) continue;
    const result = check(stanza, domain) ?? write(stanza, maxStanza);
    if (typeof result === "string") xml += result;
    else {
      refused ??= [];
      refused.push({ index, ...result });
    }
  }
  return { xml, refused: refused ?? none };
}

function check({ name, attrs }: Element, domain: string): Refusal | undefined {
  if (!stanzaNames.has(name)) return { reason: "not-a-stanza", text: `"${name}" is not a stanza` };
  const { from = "", to = "" } = attrs;
  const sender = parseJid(from);
  if (sender === undefined) return malformed("from", from);
  // The server compares the domain as it is written, so it has to be written in its prepared form.
  if (sender.domain !== domain || !hasDomain(from, domain)) {
    return { reason: "foreign-from", text: `a stanza from another domain than ${domain} cannot be sent` };
  }
  return parseJid(to) === undefined ? malformed("to", to) : undefined;
}

/** Whether the domain of an address, which is known to be well-formed, is written so. */
function hasDomain(jid: string, domain: string): boolean {
  const slash = jid.indexOf("/");
  const end = slash < 0 ? jid.length : slash;
  const start = end - domain.length;
  return jid.startsWith(domain, start) && (start === 0 || jid.charCodeAt(start - 1) === 64);
}

function malformed(attribute: string, jid: string): Refusal {
  const shown = jid.length > 100 ? `${jid.slice(0, 100)}…` : jid;
  return {
    reason: "malformed-address",
    text: `"${shown.toWellFormed()}" in "${attribute}" is not a valid XMPP address`,
  };
}

function write(stanza: Element, maxStanza: number): string | Refusal {
  let xml: string;
  try {
    xml = serialize(stanza);
  } catch (error) {
    if (!(error instanceof IllegalXmlError)) throw error;
    return { reason: "illegal-character", text: error.message };
  }
  // No UTF-16 unit takes more than three bytes, so that most stanzas need no counting.
  if (xml.length * 3 > maxStanza && Buffer.byteLength(xml) > maxStanza) {
    return { reason: "too-large", text: `the stanza has more than ${maxStanza} bytes` };
  }
  return xml;
}
