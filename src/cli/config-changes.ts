import type { Component, LoadedConfig } from "../config/load.ts";
import { pathText } from "../config/problems.ts";

/**
 * The keys whose values differ, sorted; components are named by their domain, and one that came or
 * went is one entry. Never the values: some are secret.
 */
export function changedKeys(before: LoadedConfig, after: LoadedConfig): string[] {
  const domains = (loaded: LoadedConfig) => loaded.components.map(({ domain }) => domain);
  const added = domains(after).filter((domain) => !domains(before).includes(domain));
  const removed = domains(before).filter((domain) => !domains(after).includes(domain));
  const old = flatten(comparable(before, removed));
  const now = flatten(comparable(after, added));
  const keys = [...new Set([...old.keys(), ...now.keys()])].filter((key) => old.get(key) !== now.get(key));
  return [
    ...keys,
    ...added.map((domain) => `components[${domain}] (new)`),
    ...removed.map((domain) => `components[${domain}] (removed)`),
  ].sort();
}

/** The config with everything where its key says, without the components left out. */
function comparable(loaded: LoadedConfig, without: readonly string[]): object {
  const components = loaded.components.filter(({ domain }) => !without.includes(domain));
  return {
    ...loaded.config,
    data_dir: loaded.dataDir,
    xmpp: { limits: loaded.config.xmpp.limits },
    components: Object.fromEntries(components.map((one) => [`[${one.domain}]`, comparableComponent(one)])),
  };
}

/** Without the place in the file, which is no setting; address and port are those in effect. */
function comparableComponent({ place: _, xmpp: __, allow, ...rest }: Component): object {
  return { ...rest, allow: allow.join(" ") };
}

function flatten(
  value: unknown,
  path: readonly string[] = [],
  into = new Map<string, unknown>(),
): Map<string, unknown> {
  if (typeof value !== "object" || value === null) into.set(pathText(path).replace(/\.\[/g, "["), value);
  else for (const [key, item] of Object.entries(value)) flatten(item, [...path, key], into);
  return into;
}
