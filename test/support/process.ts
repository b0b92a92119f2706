import { type ChildProcess, spawn } from "node:child_process";
import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir, userInfo } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { Inbox } from "./inbox.ts";

/** How long a child may take to end by itself before it is killed, milliseconds. */
const STOP_WAIT = 15_000;
const SETPRIV = "/usr/bin/setpriv";

export interface Exit {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

export interface ChildOptions {
  readonly name: string;
  readonly cwd?: string;
  readonly env?: NodeJS.ProcessEnv;
  /** Where we are root: the user to run as, for a program that would change by itself and so shake off its guard. */
  readonly user?: string;
}

/** Everything that this process started or made; swept when it exits, however it does. */
const children = new Set<ChildProcess>();
const folders = new Set<string>();
process.once("exit", () => {
  for (const child of children) child.kill("SIGKILL");
  for (const folder of folders) rmSync(folder, { recursive: true, force: true });
});

/** A folder of this test's own; removed by `removeFolder`, or at the process's end. */
export function makeFolder(name: string): string {
  const folder = mkdtempSync(join(tmpdir(), `isthmus-${name}-`));
  folders.add(folder);
  return folder;
}

export function removeFolder(folder: string): void {
  folders.delete(folder);
  rmSync(folder, { recursive: true, force: true, maxRetries: 3 });
}

/** One running child process, its output line by line. */
export class Child {
  readonly pid: number;
  readonly lines: Inbox<string>;
  readonly exited: Promise<Exit>;
  exit: Exit | undefined;
  private readonly child: ChildProcess;
  private readonly name: string;

  constructor(child: ChildProcess, pid: number, name: string) {
    this.child = child;
    this.pid = pid;
    this.name = name;
    this.lines = new Inbox(`output of ${name}`, (line) => line);
    children.add(child);
    for (const stream of [child.stdout, child.stderr]) {
      if (stream !== null) createInterface({ input: stream }).on("line", (line) => this.lines.push(line));
    }
    this.exited = new Promise((resolve) => {
      child.once("close", (code, signal) => {
        children.delete(child);
        this.exit = { code, signal };
        resolve(this.exit);
      });
    });
  }

  kill(signal: NodeJS.Signals): void {
    this.child.kill(signal);
  }

  /** SIGTERM, and SIGKILL where that was not enough; resolves when the process is gone. */
  async stop(ms = STOP_WAIT): Promise<Exit> {
    this.kill("SIGTERM");
    const timer = setTimeout(() => this.kill("SIGKILL"), ms);
    const exit = await this.exited;
    clearTimeout(timer);
    return exit;
  }

  /** Rejects, with the last lines of output, as soon as the process ends. */
  async diesEarly(): Promise<never> {
    const exit = await this.exited;
    const tail = this.lines.all.slice(-25).join("\n");
    throw new Error(
      `${this.name} ended (code ${exit.code}, signal ${exit.signal}). Its last lines:\n${tail}`,
    );
  }
}

/**
 * Starts a command that must not fork. The kernel ends it when this process dies without a word
 * (setpriv --pdeathsig), so that no server outlives a killed test run.
 */
export function startChild(command: string, args: readonly string[], options: ChildOptions): Promise<Child> {
  const [program, ...rest] = [...guard(options.user), command, ...args];
  const child = spawn(program as string, rest, {
    cwd: options.cwd,
    env: { ...process.env, ...options.env },
    stdio: ["ignore", "pipe", "pipe"],
  });
  return new Promise((resolve, reject) => {
    child.once("error", (error) =>
      reject(new Error(`${options.name} could not be started: ${error.message}`)),
    );
    child.once("spawn", () => resolve(new Child(child, child.pid ?? 0, options.name)));
  });
}

/** Changing user or group clears the signal, so that comes first, and all of it. */
function guard(user: string | undefined): string[] {
  if (!existsSync(SETPRIV)) return [];
  const change = user !== undefined && userInfo().uid === 0;
  const first = change ? [SETPRIV, `--reuid=${user}`, "--regid=nogroup", "--clear-groups", "--"] : [];
  return [...first, SETPRIV, "--pdeathsig", "KILL", "--"];
}

/** Runs a command to its end; rejects with its output where it fails. */
export async function run(command: string, args: readonly string[], options: ChildOptions): Promise<string> {
  const child = await startChild(command, args, options);
  const exit = await child.exited;
  const output = child.lines.all.join("\n");
  if (exit.code !== 0) throw new Error(`${options.name} failed (code ${exit.code}):\n${output}`);
  return output;
}
