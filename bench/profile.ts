import { readFileSync } from "node:fs";
import { parseArgs } from "node:util";

/** The parts of a V8 CPU profile that are used here. */
interface Profile {
  readonly nodes: readonly ProfileNode[];
  readonly samples: readonly number[];
  /** Microseconds before each sample. */
  readonly timeDeltas: readonly number[];
}
interface ProfileNode {
  readonly id: number;
  readonly callFrame: { readonly functionName: string; readonly url: string; readonly lineNumber: number };
}

/**
 * `node bench/profile.ts FILE.cpuprofile [--top 40]`: where the time of a gateway goes, by layer and by
 * function, as a share of the time that was not idle. A profile comes from `node bench/profile-run.ts`.
 */
const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { top: { type: "string", default: "40" } },
});
const profile = JSON.parse(readFileSync(positionals[0] ?? "", "utf8")) as Profile;
const times = selfTimes(profile);
print("layer", sum(times, layerOf), Number.POSITIVE_INFINITY);
print("function", sum(times, nameOf), Number(values.top));

/** Microseconds spent in each node itself. */
function selfTimes({ nodes, samples, timeDeltas }: Profile): ReadonlyMap<ProfileNode, number> {
  const byId = new Map(nodes.map((node) => [node.id, node]));
  const spent = new Map<ProfileNode, number>();
  for (const [index, id] of samples.entries()) {
    const node = byId.get(id);
    if (node === undefined || ["(idle)", "(program)", "(root)"].includes(node.callFrame.functionName))
      continue;
    spent.set(node, (spent.get(node) ?? 0) + (timeDeltas[index] ?? 0));
  }
  return spent;
}

function sum(
  times: ReadonlyMap<ProfileNode, number>,
  key: (node: ProfileNode) => string,
): Map<string, number> {
  const sums = new Map<string, number>();
  for (const [node, time] of times) sums.set(key(node), (sums.get(key(node)) ?? 0) + time);
  return sums;
}

/** `src/xmpp`, `adapters/irc`, a package's name, `node:net`, or V8 itself. */
function layerOf({ callFrame: { url, functionName } }: ProfileNode): string {
  const dependency = /node_modules\/((?:@[^/]+\/)?[^/]+)\//.exec(url)?.[1];
  if (dependency !== undefined) return dependency;
  const own = /\/((?:src|adapters|bench)\/[^/]+)(?:\/|$)/.exec(url)?.[1];
  if (own !== undefined) return own;
  if (url.startsWith("node:")) return url;
  return functionName === "(garbage collector)" ? functionName : "(native)";
}

function nameOf({ callFrame: { url, functionName, lineNumber } }: ProfileNode): string {
  const file = url.split("/").slice(-3).join("/");
  return `${functionName === "" ? "(anonymous)" : functionName}  ${file === "" ? "" : `${file}:${lineNumber + 1}`}`;
}

function print(title: string, sums: ReadonlyMap<string, number>, most: number): void {
  const total = [...sums.values()].reduce((a, b) => a + b, 0);
  const rows = [...sums].sort(([, a], [, b]) => b - a).slice(0, most);
  process.stdout.write(`self time by ${title}, of ${(total / 1e6).toFixed(2)} s busy\n`);
  for (const [key, time] of rows) {
    process.stdout.write(`${((time / total) * 100).toFixed(1).padStart(6)} %  ${key}\n`);
  }
}
