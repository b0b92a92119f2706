import { escapeLocal, unescapeLocal } from "../../src/domain/escape.ts";
import { prepareLocal } from "../../src/domain/prep.ts";

const ASCII = /^[\x00-\x7f]*$/;

export function isAscii(text: string): boolean {
  return ASCII.test(text);
}

/**
 * A name of IRC, or a whole address, as an XMPP server prepares it; undefined where it would not
 * take it. What XEP-0106 escapes is escaped before it is prepared, as in a JID.
 */
export function prepare(name: string): string | undefined {
  if (isAscii(name)) return name.toLowerCase();
  const escaped = escapeLocal(name);
  const prepared = escaped === undefined ? undefined : prepareLocal(escaped);
  return prepared === undefined || prepared === "" ? undefined : unescapeLocal(prepared);
}

/** Whether a name stays what it is when a server prepares it, but for A-Z. */
export function isStable(name: string): boolean {
  return isAscii(name) || prepare(name) === name.replace(/[A-Z]/g, (letter) => letter.toLowerCase());
}

const MAX_NICK = 30;
const MAX_USERNAME = 10;

/** A nick that servers take (RFC 2812 §2.3.1), as near as can be to what a person wished for. */
export function toNick(wished: string): string {
  const kept = wished.replace(/[^A-Za-z0-9[\]\\`_^{|}\-\u00a1-\u{10ffff}]+/gu, "_").slice(0, MAX_NICK);
  if (kept === "") return "user";
  return /^[0-9-]/.test(kept) ? `_${kept}` : kept;
}

/** The user name of USER (RFC 2812 §3.1.3): letters and digits of the JID's localpart. */
export function toUsername(local: string): string {
  return local.replace(/[^a-z0-9]/gi, "").slice(0, MAX_USERNAME) || "user";
}

/** Fills `{local}`, `{domain}` and `{user}` of a template in from a bare JID. */
export function fill(template: string, user: string): string {
  const at = user.lastIndexOf("@");
  const parts: Record<string, string> = {
    local: unescapeLocal(user.slice(0, Math.max(at, 0))) || "user",
    domain: user.slice(at + 1),
    user,
  };
  return template.replace(/\{(local|domain|user)\}/g, (whole, key: string) => parts[key] ?? whole);
}
