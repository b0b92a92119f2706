import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { type Child, type Exit, makeFolder, removeFolder, startChild } from "./process.ts";

const MAIN = fileURLToPath(new URL("../../src/main.ts", import.meta.url));
/** How long the gateway may take until all its links are online, milliseconds. */
const READY_WAIT = 30_000;

export interface GatewayOptions {
  /** The configuration as data (design section 8); `data_dir` is the test's own unless given. */
  readonly config: Readonly<Record<string, unknown>>;
  readonly env?: NodeJS.ProcessEnv;
  /** Do not wait for `ready`: for an XMPP server that is away. */
  readonly waitReady?: boolean;
}

/** One line of its log. */
export type LogLine = Readonly<Record<string, unknown>> & { readonly msg?: string };

/** The gateway as an operator runs it: a child process with a configuration file. */
export interface Gateway {
  readonly pid: number;
  readonly dataDir: string;
  readonly configFile: string;
  /** What it logged in this life. */
  logs(): LogLine[];
  waitForLog(matches: (line: LogLine) => boolean, what: string, ms?: number): Promise<LogLine>;
  /** Resolves when it ended, by whoever's doing. */
  exited(): Promise<Exit>;
  /** SIGTERM; resolves with how it ended. The data stays until `remove`. */
  stop(): Promise<Exit>;
  /** kill -9. */
  kill9(): Promise<void>;
  signal(signal: NodeJS.Signals): void;
  /** Starts it again on the same data, and waits for `ready`. */
  start(waitReady?: boolean): Promise<void>;
  /** Stops it where it runs, and removes its data. */
  remove(): Promise<void>;
}

export async function startGateway(options: GatewayOptions): Promise<Gateway> {
  const folder = makeFolder("gateway");
  const dataDir = join(folder, "data");
  const configFile = join(folder, "isthmus.yaml");
  // JSON is YAML. The file holds secrets: nobody else reads it.
  const config = { data_dir: dataDir, log: { format: "json" }, ...options.config };
  writeFileSync(configFile, JSON.stringify(config, null, 2), { mode: 0o600 });
  let child = await launch(configFile, options);
  return {
    get pid() {
      return child.pid;
    },
    dataDir,
    configFile,
    logs: () => child.lines.all.map(parseLog),
    waitForLog: async (matches, what, ms) =>
      parseLog(await child.lines.waitFor((line) => matches(parseLog(line)), what, ms)),
    exited: () => child.exited,
    stop: () => child.stop(),
    async kill9() {
      child.kill("SIGKILL");
      await child.exited;
    },
    signal: (signal) => child.kill(signal),
    async start(waitReady = options.waitReady) {
      child = await launch(configFile, { ...options, waitReady });
    },
    async remove() {
      if (child.exit === undefined) await child.stop();
      removeFolder(folder);
    },
  };
}

async function launch(
  configFile: string,
  options: Pick<GatewayOptions, "env" | "waitReady">,
): Promise<Child> {
  const child = await startChild(process.execPath, [MAIN, "start", "--config", configFile], {
    name: "isthmus",
    env: options.env,
  });
  if (options.waitReady === false) return child;
  try {
    const ready = child.lines.waitFor(
      (line) => parseLog(line).ready === true,
      "line that says ready",
      READY_WAIT,
    );
    await Promise.race([ready, child.diesEarly()]);
    return child;
  } catch (error) {
    child.kill("SIGKILL");
    throw error;
  }
}

/** What is not JSON (a crash, a usage message) is a message of its own. */
function parseLog(line: string): LogLine {
  if (!line.startsWith("{")) return { msg: line };
  try {
    return JSON.parse(line) as LogLine;
  } catch {
    return { msg: line };
  }
}
