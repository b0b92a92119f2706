import type { Allowed } from "./core.ts";

/**
 * Reads an `allow` list: `example.org` (everyone of that domain), `romeo@example.org`, or `*`.
 * All entries are prepared JIDs.
 */
export function createAllowed(allow: readonly string[]): Allowed {
  if (allow.includes("*")) return () => true;
  const listed = new Set(allow);
  return (user) => listed.has(user.domain) || listed.has(user.bare);
}
