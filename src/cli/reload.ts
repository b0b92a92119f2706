import { type LoadedConfig, loadConfig } from "../config/load.ts";
import { systemClock } from "../ops/clock.ts";
import type { Log } from "../ops/log.ts";
import { createAdapter } from "./adapters.ts";
import { allowedOf, type Composition } from "./compose.ts";
import { changedKeys } from "./config-changes.ts";

/** Keys that take effect without a restart. */
const LIVE = /^(log\.level|components\[[^\]]+\]\.allow)$/;

/**
 * What SIGHUP does: reads the config again, applies what can be applied, and says which keys changed
 * and which of them need a restart. A config with a mistake changes nothing.
 */
export function createReload(first: LoadedConfig, composition: Composition, log: Log): () => Promise<void> {
  let running = first;
  return async () => {
    const next = loadConfig(running.file);
    log.hide(next.secrets);
    await checkAdapters(next, log);
    const changed = changedKeys(running, next);
    apply(next, composition, log);
    running = inEffect(running, next);
    tell(changed, log);
  };
}

/** Options that an adapter refuses are told now, and not at the restart. */
async function checkAdapters(loaded: LoadedConfig, log: Log): Promise<void> {
  for (const component of loaded.components) {
    const context = { domain: component.domain, log, clock: systemClock, random: Math.random };
    await (await createAdapter(component, context)).stop();
  }
}

function apply(next: LoadedConfig, { gateways }: Composition, log: Log): void {
  log.setLevel(next.config.log.level);
  for (const component of next.components) gateways.get(component.domain)?.allow(allowedOf(component));
}

/** The config that the process runs with now: the old one, with what could be applied of the new. */
function inEffect(running: LoadedConfig, next: LoadedConfig): LoadedConfig {
  const { level } = next.config.log;
  const components = running.components.map((component) => {
    const found = next.components.find(({ domain }) => domain === component.domain);
    return found === undefined ? component : { ...component, allow: found.allow };
  });
  return { ...running, components, config: { ...running.config, log: { ...running.config.log, level } } };
}

function tell(changed: readonly string[], log: Log): void {
  const applied = changed.filter((key) => LIVE.test(key));
  const waiting = changed.filter((key) => !LIVE.test(key));
  if (changed.length === 0) log.info({}, "config read again: nothing has changed");
  if (applied.length > 0) log.info({ changed: applied }, "config read again: changed, and in effect now");
  if (waiting.length > 0) {
    log.warn({ changed: waiting }, "config read again: changed, but in effect only after a restart");
  }
}
