import type { Lane } from "./lane.ts";

/**
 * Parked lanes, grouped by all of their key but its last part (one user's lanes of one component), so
 * that waking one user's lanes does not look at everybody's.
 */
export class Groups {
  readonly #groups = new Map<string, Set<Lane>>();

  add(lane: Lane): void {
    const name = group(lane);
    const lanes = this.#groups.get(name);
    if (lanes === undefined) this.#groups.set(name, new Set([lane]));
    else lanes.add(lane);
  }

  remove(lane: Lane): void {
    const name = group(lane);
    const lanes = this.#groups.get(name);
    if (lanes === undefined || !lanes.delete(lane)) return;
    if (lanes.size === 0) this.#groups.delete(name);
  }

  /** The parked lanes whose keys begin with `prefix`; one look where it is a whole group's. */
  beginning(prefix: string): Lane[] {
    const whole = this.#groups.get(prefix);
    if (whole !== undefined) return [...whole];
    const found: Lane[] = [];
    for (const [name, lanes] of this.#groups) {
      if (!name.startsWith(prefix) && !prefix.startsWith(name)) continue;
      for (const lane of lanes) if (lane.key.startsWith(prefix)) found.push(lane);
    }
    return found;
  }
}

function group({ key }: Lane): string {
  return key.slice(0, key.lastIndexOf(" ") + 1);
}
