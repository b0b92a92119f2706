import { type LoadedConfig, loadConfig } from "../config/load.ts";
import { pathText } from "../config/problems.ts";
import type { Log } from "../ops/log.ts";
import { allowedOf, type Composition } from "./compose.ts";

/** Keys that take effect without a restart. Those of components are looked up by domain. */
const LIVE = /^(log\.level|components\[[^\]]+\]\.allow\b.*)$/;

/**
 * What SIGHUP does: reads the config again, applies what can be applied, and says which keys changed
 * and which of them need a restart. A config with a mistake changes nothing.
 */
export function createReload(first: LoadedConfig, composition: Composition, log: Log): () => Promise<void> {
  let running = first;
  return async () => {
    const next = loadConfig(running.file);
    const changed = changedKeys(running, next);
    const applied = changed.filter((key) => LIVE.test(key));
    const waiting = changed.filter((key) => !LIVE.test(key));
    log.hide(next.secrets);
    apply(next, composition, log);
    running = {
      ...running,
      config: { ...running.config, log: { ...running.config.log, level: next.config.log.level } },
      components: withAllow(running, next),
    };
    if (changed.length === 0) log.info({}, "config read again: nothing has changed");
    if (applied.length > 0) log.info({ changed: applied }, "config read again: changed, and in effect now");
    if (waiting.length > 0) {
      log.warn({ changed: waiting }, "config read again: changed, but in effect only after a restart");
    }
  };
}

function apply(next: LoadedConfig, { gateways }: Composition, log: Log): void {
  log.setLevel(next.config.log.level);
  for (const component of next.components) gateways.get(component.domain)?.allow(allowedOf(component));
}

/** The running components, with the lists that are in effect now. */
function withAllow(running: LoadedConfig, next: LoadedConfig): LoadedConfig["components"] {
  return running.components.map((component) => {
    const found = next.components.find(({ domain }) => domain === component.domain);
    return found === undefined ? component : { ...component, allow: found.allow };
  });
}

/** The keys whose values differ, components named by their domain; never the values: some are secret. */
export function changedKeys(before: LoadedConfig, after: LoadedConfig): string[] {
  const old = flatten(comparable(before));
  const now = flatten(comparable(after));
  const keys = new Set([...old.keys(), ...now.keys()]);
  return [...keys].filter((key) => old.get(key) !== now.get(key)).sort();
}

function comparable(loaded: LoadedConfig): object {
  const components = loaded.components.map(({ place: _, xmpp: __, ...component }) => component);
  return {
    ...loaded.config,
    data_dir: loaded.dataDir,
    xmpp: { limits: loaded.config.xmpp.limits },
    components: Object.fromEntries(
      components.map(({ allow, ...component }) => [
        `[${component.domain}]`,
        { ...component, allow: allow.join(" ") },
      ]),
    ),
  };
}

function flatten(value: unknown, path: readonly string[] = [], into = new Map<string, unknown>()) {
  if (typeof value !== "object" || value === null) into.set(pathText(path).replace(/\.\[/g, "["), value);
  else for (const [key, item] of Object.entries(value)) flatten(item, [...path, key], into);
  return into;
}
