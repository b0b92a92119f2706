import { readFileSync } from "node:fs";

/** Linux's USER_HZ: the unit of times in /proc, the same on every common architecture. */
const TICKS_PER_SECOND = 100;
/** proc(5): utime and stime, counted after the name, which may hold spaces. */
const UTIME = 11;
const STIME = 12;

/** CPU that a process has used so far, all threads, user and system, in seconds. */
export function cpuOf(pid: number): number {
  const stat = readFileSync(`/proc/${pid}/stat`, "latin1");
  const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  return (Number(fields[UTIME]) + Number(fields[STIME])) / TICKS_PER_SECOND;
}

/** Resident set of a process, in bytes. */
export function residentOf(pid: number): number {
  const found = /^VmRSS:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, "latin1"));
  return Number(found?.[1] ?? 0) * 1024;
}
