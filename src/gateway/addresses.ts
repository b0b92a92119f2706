import type { Adapter, Address } from "../adapter.ts";
import { type Jid, parseJid } from "../domain/jid.ts";

/** Most localparts whose address is remembered. */
const REMEMBERED = 10_000;

/** Where a stanza goes: the gateway itself, or one of the adapter's addresses. */
export interface Target {
  readonly jid: Jid;
  /** Undefined for the gateway's own domain. */
  readonly address: Address | undefined;
}

export interface Addresses {
  /** Undefined: no such address can exist. */
  target(to: string): Target | undefined;
}

/** Resolves the addresses of one component, and remembers the last ones. */
export function createAddresses(adapter: Adapter): Addresses {
  const known = new Map<string, Target | undefined>();
  return {
    target(to) {
      const hit = known.get(to);
      if (hit !== undefined || known.has(to)) return hit;
      if (known.size >= REMEMBERED) known.clear();
      const found = resolve(adapter, to);
      known.set(to, found);
      return found;
    },
  };
}

function resolve(adapter: Adapter, to: string): Target | undefined {
  const jid = parseJid(to);
  if (jid === undefined) return undefined;
  if (jid.local === "") return { jid, address: undefined };
  const address = adapter.address(jid.local);
  return address === undefined ? undefined : { jid, address };
}
