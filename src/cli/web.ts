import type { CheckResult } from "../adapter.ts";
import { parseListen } from "../config/listen.ts";
import type { LoadedConfig } from "../config/load.ts";
import { UserError } from "../domain/errors.ts";
import { healthRoutes } from "../ops/health.ts";
import { type HttpServer, type Routes, serveHttp } from "../ops/http.ts";
import type { Log } from "../ops/log.ts";
import type { Database } from "../sqlite/database.ts";

const QUIET = { debug() {}, info() {}, warn() {}, error() {} };

/** What the gateway answers over HTTP. */
export interface Web {
  /** From now on it is not ready. */
  stopping(): void;
  /** Stops listening, within `ms`. */
  close(ms: number): Promise<void>;
}

/** What health is seen in. */
export interface Observed {
  readonly database: Database;
  /** By component domain. */
  readonly gateways: ReadonlyMap<string, { readonly domain: string; readonly online: boolean }>;
}

/**
 * Listens where the config has `http.listen`; where it has none, nothing happens. The data file is
 * closed again where this fails.
 *
 * @throws UserError, one line with the cure, where it cannot listen
 */
export async function openWeb(
  loaded: LoadedConfig,
  { gateways, database }: Observed,
  log: Log,
): Promise<Web> {
  let stopping = false;
  const missing = () => [
    ...(stopping ? ["the gateway is stopping"] : []),
    ...[...gateways.values()]
      .filter((gateway) => !gateway.online)
      .map(({ domain }) => `${domain} is not connected to its XMPP server`),
  ];
  // Nothing uses SQLite's user_version; to set it is the smallest write there is.
  const touch = database.db.prepare("PRAGMA user_version = 0");
  const write = () => database.write(() => touch.run());
  const routes = healthRoutes({ write, missing }, () => performance.now());
  try {
    const server = await listen(loaded, routes, log);
    return {
      stopping: () => {
        stopping = true;
      },
      close: async (ms) => server?.close(ms),
    };
  } catch (error) {
    database.close();
    throw error;
  }
}

/** Whether the port of `http.listen` can be had; `running`: the gateway runs now. */
export async function checkListen(loaded: LoadedConfig, running: boolean): Promise<CheckResult[]> {
  const where = loaded.config.http.listen;
  if (where === undefined) return [];
  const what = `http.listen ${where}`;
  try {
    const server = await listen(loaded, new Map(), QUIET);
    await server?.close(0);
    const text = running ? "free: the gateway that is running does not listen there yet; restart it" : "free";
    return [{ what, ok: true, text }];
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    if (running && isInUse(error.cause)) return [{ what, ok: true, text: "in use; the gateway is running" }];
    return [{ what, ok: false, text: error.message }];
  }
}

async function listen(loaded: LoadedConfig, routes: Routes, log: Log | typeof QUIET) {
  const where = loaded.config.http.listen;
  const address = where === undefined ? undefined : parseListen(where);
  if (where === undefined || address === undefined) return undefined;
  try {
    const server: HttpServer = await serveHttp(address, routes, log);
    return server;
  } catch (error) {
    throw new UserError(`${loaded.file}: http.listen: ${whyNotListening(where, error)}`, { cause: error });
  }
}

function isInUse(error: unknown): boolean {
  return codeOf(error) === "EADDRINUSE";
}

function codeOf(error: unknown): unknown {
  return error instanceof Error && "code" in error ? error.code : undefined;
}

/** What the operating system's refusal means, and what to do about it. */
export function whyNotListening(where: string, error: unknown): string {
  switch (codeOf(error)) {
    case "EADDRINUSE":
      return `${where} is in use by another program; stop that one, or choose another port`;
    case "EACCES":
    case "EPERM":
      return `this user may not listen on ${where}; choose a port from 1024 up, or let systemd allow it: AmbientCapabilities=CAP_NET_BIND_SERVICE`;
    case "EADDRNOTAVAIL":
      return `${where} is not an address of this machine; choose one that it has, such as 127.0.0.1`;
    case "ENOTFOUND":
    case "EAI_AGAIN":
    case "EINVAL":
      return `the host of ${where} is not known here; choose an address of this machine, such as 127.0.0.1`;
    default:
      return `cannot listen on ${where}: ${error instanceof Error ? error.message : String(error)}; choose another address or port`;
  }
}
