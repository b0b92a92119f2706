import { loadConfig } from "../config/load.ts";
import { watchProcess } from "../ops/lifecycle.ts";
import { createLog, type Log, type LogSink } from "../ops/log.ts";
import { endWhenBroken } from "./broken.ts";
import { compose } from "./compose.ts";
import { keepTidy } from "./maintenance.ts";
import { createReload } from "./reload.ts";
import { run, stopAll } from "./running.ts";
import { version } from "./version.ts";
import { openWeb } from "./web.ts";

/**
 * `isthmus start`: runs until a signal ends it.
 *
 * @throws UserError for what the operator can mend, before anything is connected
 */
export async function start(file: string, sink: LogSink): Promise<void> {
  const loaded = loadConfig(file);
  const { level, format } = loaded.config.log;
  const log = createLog({ level, format, secrets: loaded.secrets }, sink);
  const composition = await compose(loaded, log);
  const web = await openWeb(loaded, composition, log);
  const tidy = keepTidy(composition.store, log);
  watchProcess(process, log, {
    stop: async () => {
      tidy.stop();
      await stopAll(composition, web, log);
    },
    reload: createReload(loaded, composition, log),
  });
  endWhenBroken(process, composition.database, log);
  log.info({ version: version(), node: process.version, config: file, dataDir: loaded.dataDir }, "starting");
  await run(composition);
  void whenReady(composition, log);
}

/** One line when every component has been accepted by its XMPP server. */
async function whenReady({ gateways }: Awaited<ReturnType<typeof compose>>, log: Log): Promise<void> {
  await Promise.all([...gateways.values()].map((gateway) => gateway.firstOnline));
  log.info({ ready: true, components: [...gateways.keys()] }, "ready");
}
