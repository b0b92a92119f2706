import { connect } from "node:net";
import { type Child, removeFolder, startChild } from "./process.ts";

/** How long a server may take until its ports are open, milliseconds. */
const START_WAIT = 20_000;
const RETRY = 20;

export interface ServerPlan {
  readonly name: string;
  readonly folder: string;
  readonly command: string;
  readonly args: readonly string[];
  readonly env?: NodeJS.ProcessEnv;
  /** As in ChildOptions. */
  readonly user?: string;
  /** All of these are open when the server is up. */
  readonly ports: readonly number[];
}

/** A real server on loopback: what every launcher gives back besides its own addresses. */
export interface Server {
  readonly host: "127.0.0.1";
  readonly pid: number;
  /** Ends it and removes its data. */
  stop(): Promise<void>;
  /** Ends it cleanly where it runs, and starts it again on the same data and ports. */
  restart(): Promise<void>;
  /** kill -9; `restart` brings it back. */
  kill(): Promise<void>;
  /** Ends it cleanly, data kept; `restart` brings it back. */
  down(): Promise<void>;
  /** SIGSTOP: connections stay open and nothing is answered; `resume` ends it. */
  freeze(): void;
  resume(): void;
}

/** Starts a server and waits for its ports. */
export async function startServer(plan: ServerPlan): Promise<Server> {
  let child = await launch(plan);
  const down = async () => {
    child.kill("SIGCONT");
    if (child.exit === undefined) await child.stop();
  };
  return {
    host: "127.0.0.1",
    get pid() {
      return child.pid;
    },
    down,
    async stop() {
      await down();
      removeFolder(plan.folder);
    },
    async restart() {
      await down();
      child = await launch(plan);
    },
    async kill() {
      child.kill("SIGKILL");
      await child.exited;
    },
    freeze: () => child.kill("SIGSTOP"),
    resume: () => child.kill("SIGCONT"),
  };
}

async function launch(plan: ServerPlan): Promise<Child> {
  const child = await startChild(plan.command, plan.args, { ...plan, cwd: plan.folder });
  try {
    const open = Promise.all(plan.ports.map((port) => portOpen(port, () => child.exit !== undefined)));
    await Promise.race([open, child.diesEarly()]);
    return child;
  } catch (error) {
    child.kill("SIGKILL");
    throw error;
  }
}

/** Resolves when something accepts connections on the port. */
export async function portOpen(port: number, givenUp = () => false, ms = START_WAIT): Promise<void> {
  const end = Date.now() + ms;
  while (!(await accepts(port))) {
    if (givenUp()) return;
    if (Date.now() > end) throw new Error(`nothing listens on 127.0.0.1:${port} after ${ms} ms`);
    await new Promise((resolve) => setTimeout(resolve, RETRY));
  }
}

function accepts(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, "127.0.0.1");
    socket.once("error", () => resolve(false));
    socket.once("connect", () => {
      socket.destroy();
      resolve(true);
    });
  });
}
