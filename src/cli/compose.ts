import type { Adapter, Logger } from "../adapter.ts";
import type { Component, LoadedConfig } from "../config/load.ts";
import { createIds } from "../domain/id.ts";
import { parseJid } from "../domain/jid.ts";
import type { Allowed } from "../gateway/core.ts";
import { createGateway, type Gateway } from "../gateway/gateway.ts";
import { createAllowed } from "../gateway/policy.ts";
import { systemClock } from "../ops/clock.ts";
import type { Log } from "../ops/log.ts";
import { createEmbeddedEngine, queueMigrations } from "../queue/embedded/index.ts";
import type { Engine } from "../queue/engine.ts";
import type { Database } from "../sqlite/database.ts";
import { openDatabase } from "../sqlite/group-commit.ts";
import { createStore, storeMigrations } from "../store/index.ts";
import type { Store } from "../store/store.ts";
import { createLink } from "../xmpp/stream.ts";
import { createAdapter, secureRandom } from "./adapters.ts";
import { withoutRecords } from "./no-archive.ts";
import { dataFile, prepareDataDir } from "./paths.ts";
import { gatewaySettings, linkOptions, queueLimits } from "./settings.ts";
import { version } from "./version.ts";

/** Everything that runs, as one. */
export interface Composition {
  readonly database: Database;
  readonly engine: Engine;
  readonly store: Store;
  /** By component domain. */
  readonly gateways: ReadonlyMap<string, Gateway>;
}

/** What all parts are given. */
interface Common {
  readonly clock: typeof systemClock;
  readonly random: () => number;
  readonly ids: () => string;
}

/**
 * Builds the whole program of a config: adapters, data file, store, engine, and for each component
 * a link and a gateway. Nothing is connected yet.
 *
 * @throws UserError for what the operator can mend
 */
export async function compose(loaded: LoadedConfig, log: Log): Promise<Composition> {
  const random = Math.random;
  const common: Common = { clock: systemClock, random, ids: createIds(systemClock.now, secureRandom) };
  const adapters = await createAdapters(loaded, log, common);
  prepareDataDir(loaded);
  const database = openDatabase(dataFile(loaded), [queueMigrations, storeMigrations]);
  const { archive } = loaded.config;
  const limits = { maxAge: archive.max_age, maxPerRoom: archive.max_per_room };
  const full = createStore(database, { archive: limits, ids: common.ids, clock: systemClock });
  const store = archive.enabled
    ? full
    : { ...full, archive: withoutRecords(full.archive, common.ids, Date.now() * 1000) };
  const engine = createEmbeddedEngine(database, queueLimits(loaded.config), { ...common, log });
  const gateways = new Map(
    loaded.components.map((component) => {
      const adapter = adapters.get(component.domain);
      if (adapter === undefined) throw new Error(`no adapter was made for ${component.domain}`);
      return [
        component.domain,
        connectGateway(component, { loaded, adapter, engine, store, log, ...common }),
      ];
    }),
  );
  return { database, engine, store, gateways };
}

async function createAdapters(
  loaded: LoadedConfig,
  log: Log,
  common: Common,
): Promise<ReadonlyMap<string, Adapter>> {
  const adapters = new Map<string, Adapter>();
  for (const component of loaded.components) {
    const { domain } = component;
    const context = {
      domain,
      log: log.child({ component: domain }),
      clock: common.clock,
      random: common.random,
    };
    adapters.set(domain, await createAdapter(component, context));
  }
  return adapters;
}

interface GatewayContext extends Common {
  readonly loaded: LoadedConfig;
  readonly adapter: Adapter;
  readonly engine: Engine;
  readonly store: Store;
  readonly log: Log;
}

function connectGateway(component: Component, context: GatewayContext): Gateway {
  const { loaded, adapter, engine, store, clock, random, ids } = context;
  const log: Logger = context.log.child({ component: component.domain });
  const parts = {
    domain: component.domain,
    allowed: allowedOf(component),
    adapter,
    engine,
    store,
    clock,
    ids,
    log,
    version: version(),
    contacts: loaded.config.contacts,
    settings: gatewaySettings(loaded.config),
  };
  const options = linkOptions(component, loaded.config);
  return createGateway(parts, (handler) => createLink(options, handler, { clock, random, log }));
}

/** Whom a component serves, on the form that the XMPP server has of each name. */
export function allowedOf(component: Component): Allowed {
  return createAllowed(component.allow.map((name) => parseJid(name)?.bare ?? name));
}
