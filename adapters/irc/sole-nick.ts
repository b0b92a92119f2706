import { DeliveryError } from "../../src/domain/errors.ts";

// Lists (a,b), channels and ranks of one (@#chan), servers and their masks ($*), masks and user%host
// (RFC 2812 §3.3.1) reach more than one person, or another; nothing of that is in any server's nicks.
const SOLE_NICK = /^[^\s\0-\x1f\x7f#&+$%~.!:@,*?][^\s\0-\x1f\x7f%!:@,*?]*$/;
const DIGITS = /^\d+$/;

/**
 * The nick, where it can be that of one person. It comes from people as they typed it (the resource
 * of a JID holds any character), so nothing else may become the target of a command.
 * @throws DeliveryError permanent `item-not-found`
 */
export function soleNick(nick: string): string {
  if (SOLE_NICK.test(nick) && !DIGITS.test(nick)) return nick;
  throw new DeliveryError("permanent", "There is no such nick.", { condition: "item-not-found" });
}
