import { closeSync, fsyncSync, openSync, readFileSync, rmSync, statfsSync, writeSync } from "node:fs";
import { availableParallelism, cpus, loadavg, release, totalmem } from "node:os";
import { join } from "node:path";

/** statfs(2): a disk that is memory has no cost of durability, and its figures would mislead. */
const TMPFS = 0x01021994;
const PROBE_MS = 1000;

export interface Machine {
  readonly cores: number;
  readonly model: string;
  readonly memory: number;
  readonly kernel: string;
  readonly node: string;
  /** 4 KB appends with fsync, one after the other, per second. */
  readonly fsyncs: number;
  readonly memoryDisk: boolean;
  /** Load average of the last minute: what else ran takes from the figures. */
  readonly load: number;
}

export function machine(folder: string): Machine {
  return {
    cores: availableParallelism(),
    model: cpus()[0]?.model ?? "unknown",
    memory: totalmem(),
    kernel: release(),
    node: process.version,
    fsyncs: fsyncsPerSecond(folder),
    memoryDisk: statfsSync(folder).type === TMPFS,
    load: loadavg()[0] ?? 0,
  };
}

function fsyncsPerSecond(folder: string): number {
  const path = join(folder, "fsync");
  const file = openSync(path, "w");
  const block = Buffer.alloc(4096, 1);
  const began = performance.now();
  let count = 0;
  for (; performance.now() - began < PROBE_MS; count += 1) {
    writeSync(file, block);
    fsyncSync(file);
  }
  const rate = (count / (performance.now() - began)) * 1000;
  closeSync(file);
  rmSync(path);
  return rate;
}

/** The version of a Debian package, from dpkg's own record; "unknown" where there is none. */
export function packageVersion(name: string): string {
  try {
    const status = readFileSync("/var/lib/dpkg/status", "utf8");
    return new RegExp(`^Package: ${name}\\n(?:.+\\n)*?Version: (.+)$`, "m").exec(status)?.[1] ?? "unknown";
  } catch {
    return "unknown";
  }
}
