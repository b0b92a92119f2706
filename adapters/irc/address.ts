import type { Address } from "../../src/adapter.ts";
import { UserError } from "../../src/domain/errors.ts";
import { escapeLocal, unescapeLocal } from "../../src/domain/escape.ts";
import { prepareLocal } from "../../src/domain/prep.ts";
import { HOST, type IrcOptions } from "./config.ts";
import { isAscii, prepare } from "./names.ts";

/**
 * Addresses, the same as biboumi's so that bookmarks keep working: `#chan%server`, `nick%server`,
 * `server`; with a fixed server `#chan` and `nick`, and `server` for the server itself.
 *
 * Canonical is what a JID and every IRC server agree on: prepared (nodeprep), and with that the
 * letters A to Z in lower case. `[]\~` and `{}|^` stay apart, though servers with rfc1459 take
 * them for one another: others do not, and there two people would share one JID. A name that is not ASCII
 * is used as the XMPP server prepared it (Straße is strasse): its own spelling does not reach us.
 */

/** What an address stands for on IRC. `name` is the channel or nick in canonical spelling, "" for a server. */
export interface Target {
  readonly kind: "room" | "contact" | "server";
  readonly server: string;
  readonly name: string;
}

export interface Addressing {
  /** Undefined where no such address can exist. */
  parse(localpart: string): Target | undefined;
  /** The canonical localpart of a channel, a nick or ("") the server; undefined where a JID cannot hold it. */
  conversation(server: string, name: string): string | undefined;
  address(localpart: string): Address | undefined;
  /** @throws UserError that says how to write it */
  fromPrompt(typed: string): Address;
}

/** RFC 2812 §1.3 allows 50 characters, servers up to 200 bytes. */
const MAX_CHANNEL = 200;
const MAX_NICK = 64;
const MAX_LOCALPART = 1023;

// RFC 2812 §2.3.1, less what no JID can hold. A colon may stand inside: some servers allow it.
const CHANNEL = /^[#&+!][^\x00-\x20\x7f,]*$/;
// As wide as any server's rule; what would be a channel, a mask or another command's syntax is out.
const NICK = /^[^\x00-\x20\x7f#&+!:@%,*?.$~][^\x00-\x20\x7f!@%,*?.:]*$/;

/** Whether a name of IRC is a channel by its first character, on any server. */
export function looksLikeChannel(name: string): boolean {
  return name !== "" && "#&+!".includes(name.charAt(0));
}

/** `domain` is the component's: people also type whole JIDs. */
export function createAddressing(options: IrcOptions, domain: string): Addressing {
  const fixed = options.fixedServer;

  function isServer(name: string): boolean {
    return HOST.test(name) && name.length <= 253 && (name.includes(".") || options.servers.has(name));
  }

  function parse(localpart: string): Target | undefined {
    const whole = unescapeLocal(localpart);
    if (fixed !== undefined) {
      return whole === fixed ? { kind: "server", server: fixed, name: "" } : target(fixed, whole);
    }
    const at = whole.lastIndexOf("%");
    const server = whole.slice(at + 1);
    if (!isServer(server)) return undefined;
    return at === -1 ? { kind: "server", server, name: "" } : target(server, whole.slice(0, at));
  }

  function conversation(server: string, name: string): string | undefined {
    if (name === "") return server;
    const prepared = prepare(name);
    if (prepared === undefined || target(server, prepared) === undefined || prepared === fixed)
      return undefined;
    const local = escapeLocal(fixed === undefined ? `${prepared}%${server}` : prepared);
    return local === undefined || !isLocalpart(local) ? undefined : local;
  }

  function address(localpart: string): Address | undefined {
    const found = parse(localpart);
    if (found === undefined) return undefined;
    const local = conversation(found.server, found.name);
    return local === undefined
      ? undefined
      : { kind: found.kind, conversation: local, name: title(found, fixed) };
  }

  return { parse, conversation, address, fromPrompt: (typed) => fromPrompt(typed, domain, fixed, address) };
}

/**
 * A localpart is prepared as a whole: a right-to-left name before a server's name, which is left-to-right,
 * is one that no server takes (RFC 3454 §6).
 */
function isLocalpart(local: string): boolean {
  return Buffer.byteLength(local) <= MAX_LOCALPART && (isAscii(local) || prepareLocal(local) === local);
}

function target(server: string, name: string): Target | undefined {
  const channel = looksLikeChannel(name);
  if (!(channel ? CHANNEL : NICK).test(name)) return undefined;
  if (Buffer.byteLength(name) > (channel ? MAX_CHANNEL : MAX_NICK)) return undefined;
  return { kind: channel ? "room" : "contact", server, name };
}

function title(found: Target, fixed: string | undefined): string {
  if (found.name === "") return found.server;
  return fixed === undefined ? `${found.name} on ${found.server}` : found.name;
}

/** `#chan on irc.x`, `#chan irc.x`, `nick@irc.x`, `nick%irc.x`, `irc.x`, or a whole JID. */
function fromPrompt(
  typed: string,
  domain: string,
  fixed: string | undefined,
  address: Addressing["address"],
): Address {
  // One space for many: the search below would go over each run of them again and again.
  const words = typed.trim().replace(/\s+/g, " ");
  const jid = words.endsWith(`@${domain}`) ? words.slice(0, -domain.length - 1) : undefined;
  const named = fixed === undefined ? words.replace(/(?: on | |[@%])(?=[^ @%]*$)/i, "%") : words;
  const prepared = prepare(jid ?? named);
  const local = prepared === undefined || jid !== undefined ? prepared : escapeLocal(prepared);
  const found = local === undefined ? undefined : address(local);
  if (found !== undefined) return found;
  const examples =
    fixed === undefined
      ? '"#channel on irc.example.net" or "nick on irc.example.net"'
      : '"#channel" or "nick"';
  throw new UserError(`"${words.slice(0, 100)}" is not an address on IRC; write ${examples}.`);
}
