/** How many nicks are tried on one connection before it is given up. */
export const MAX_NICK_TRIES = 12;
/** RFC 1459 §1.2: the length that every server takes. */
const SAFE_LENGTH = 9;

/**
 * The nick to try after `tries` were refused (1 at least): underscores first, as people expect, then
 * digits by chance, so that many who want one nick come apart; short where the server may have
 * found the others too long or badly spelled (432).
 */
export function nickVariant(wanted: string, tries: number, erroneous: boolean, random: () => number): string {
  const base = erroneous ? plainNick(wanted) : wanted;
  if (erroneous && tries === 1 && base !== wanted) return base;
  if (!erroneous && tries <= 3) return wanted + "_".repeat(tries);
  const digits = String(Math.floor(random() * 10_000)).padStart(4, "0");
  return base.slice(0, SAFE_LENGTH - digits.length) + digits;
}

/** RFC 2812 §2.3.1: only what every server takes in a nick, nine characters, no digit or hyphen first. */
export function plainNick(nick: string): string {
  const plain = nick.replace(/[^A-Za-z0-9_[\]\\`^{|}-]/g, "_").slice(0, SAFE_LENGTH);
  if (plain === "" || /^_+$/.test(plain)) return "user";
  return /^[0-9-]/.test(plain) ? `_${plain}`.slice(0, SAFE_LENGTH) : plain;
}
