import { MAX_PART, prepareDomain, prepareLocal, prepareResource } from "./prep.ts";

/** A JID, each part as servers compare it, so that one user is one key (RFC 7622 §3). */
export interface Jid {
  /** "" where there is none. */
  readonly local: string;
  readonly domain: string;
  /** "" where there is none. */
  readonly resource: string;
  /** `local@domain`, or `domain`. */
  readonly bare: string;
  /** `local@domain/resource`; the same as `bare` where there is no resource. */
  readonly full: string;
}

/** Most JIDs in each of the cache's two generations. */
export const JID_CACHE = 4096;
/** Longest text that the cache keeps, UTF-16 units. */
export const JID_CACHE_TEXT = 256;
/** Longest text that can be a JID: three parts and the two signs between them. */
const MAX_TEXT = 3 * MAX_PART + 2;

let young = new Map<string, Jid>();
let old = new Map<string, Jid>();

/**
 * Reads a JID and prepares its parts (prep.ts says how).
 *
 * @returns undefined for what is no JID; never throws. The result is shared: compare by `bare` or `full`.
 */
export function parseJid(text: string): Jid | undefined {
  const known = young.get(text);
  if (known !== undefined) return known;
  if (text.length > MAX_TEXT) return undefined;
  const jid = old.get(text) ?? parse(text);
  if (jid !== undefined && text.length <= JID_CACHE_TEXT) keep(text, jid);
  return jid;
}

/** The part before the resource, of a JID that is prepared already. */
export function bareOf(full: string): string {
  const slash = full.indexOf("/");
  return slash < 0 ? full : full.slice(0, slash);
}

/** The resource of a JID that is prepared already, "" where there is none. */
export function resourceOf(full: string): string {
  const slash = full.indexOf("/");
  return slash < 0 ? "" : full.slice(slash + 1);
}

/** How many JIDs are cached, at most twice {@link JID_CACHE}. */
export function cachedJids(): number {
  return young.size + old.size;
}

/** What was not asked for during a whole generation is forgotten with it. */
function keep(text: string, jid: Jid): void {
  if (young.size >= JID_CACHE) {
    old = young;
    young = new Map();
  }
  young.set(text, jid);
}

/** RFC 7622 §3.2: the first slash begins the resource, the first at-sign before it ends the localpart. */
function parse(text: string): Jid | undefined {
  const slash = text.indexOf("/");
  const beforeSlash = slash < 0 ? text : text.slice(0, slash);
  const at = beforeSlash.indexOf("@");
  const local = at < 0 ? "" : prepareLocal(beforeSlash.slice(0, at));
  const domain = prepareDomain(beforeSlash.slice(at + 1));
  const resource = slash < 0 ? "" : prepareResource(text.slice(slash + 1));
  if (local === undefined || domain === undefined || resource === undefined) return undefined;
  return jidOf(local, domain, resource);
}

/** Puts together parts that are prepared already; "" for a localpart or resource that is not there. */
export function jidOf(local: string, domain: string, resource = ""): Jid {
  const bare = local === "" ? domain : `${local}@${domain}`;
  return { local, domain, resource, bare, full: resource === "" ? bare : `${bare}/${resource}` };
}
