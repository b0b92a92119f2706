import { DIRECTIONS, type Direction } from "../cases/flow.ts";
import type { Memory } from "../cases/memory.ts";
import { type Machine, packageVersion } from "../machine.ts";
import type { DirectionResult, GatewayResult, Quantiles } from "../measure.ts";
import type { Plan } from "../plan.ts";

const KIB = 1024;
const MIB = 1024 * KIB;

/** Everything the page shows. `peers` are what the ratios are against. */
export interface Findings {
  readonly machine: Machine;
  readonly plan: Plan;
  readonly own: GatewayResult;
  readonly peers: readonly GatewayResult[];
  readonly floor: GatewayResult;
  readonly all: readonly GatewayResult[];
}

/** docs/performance.md, whole. */
export function page(findings: Findings): string {
  return [
    intro(findings),
    ...DIRECTIONS.map((direction) => speed(findings, direction)),
    waiting(findings),
    sessions(findings),
    method(findings),
  ].join("\n\n");
}

function intro({ machine }: Findings): string {
  const disk = machine.memoryDisk ? " **on a disk in memory, where durability is free**" : "";
  return `# Performance

This page is written by \`npm run bench\`, which measures Isthmus beside biboumi
${packageVersion("biboumi")} from Debian in one run, under one load; do not edit it by hand.
Isthmus keeps every message in its journal on disk before it acts on it, and in the room archive.

Machine: ${machine.cores} cores of ${machine.model}, ${Math.round(machine.memory / 2 ** 30)} GiB, Linux
${machine.kernel}, Node ${machine.node}, ${Math.round(machine.fsyncs)} fsync/s of 4 KiB${disk};
load average before the run ${machine.load.toFixed(2)}.

![The figures below as bars](performance.svg)`;
}

function speed({ all, peers }: Findings, direction: Direction): string {
  const rows = all.flatMap((result) => {
    const figures = result.directions.get(direction);
    if (figures === undefined) return [];
    const { perSecond, range, cpu } = figures;
    const ratios = peers.map((peer) => ratio(perSecond / (peer.directions.get(direction)?.perSecond ?? 0)));
    const spread = `${whole(range[0])} – ${whole(range[1])}`;
    return [[result.gateway.name, whole(perSecond), spread, ...ratios, `${cpu.toFixed(1)} µs`]];
  });
  const against = peers.map(({ gateway }) => `to ${gateway.name}`);
  const head = ["", "messages/s", "slowest – fastest round", ...against, "CPU a message"];
  return `## ${direction}: messages a second\n\n${table(head, rows)}`;
}

function waiting({ all, floor }: Findings): string {
  const rows = DIRECTIONS.flatMap((direction) =>
    all.map((result) => {
      const figures = result.directions.get(direction);
      const least = floor.directions.get(direction);
      return [`${direction}, ${result.gateway.name}`, ...delays(figures, least)];
    }),
  );
  return `## Latency

From the write at one end to the read at the other, milliseconds; "added" is less what the load
generator and the kernel need by themselves, measured with a gateway that does nothing.

${table(["", "alone p50", "p99", "steady p50", "p99", "added, alone p50", "p99"], rows)}`;
}

function delays(figures: DirectionResult | undefined, least: DirectionResult | undefined): string[] {
  if (figures === undefined || least === undefined) return [];
  const cells = ({ p50, p99 }: Quantiles) => [p50.toFixed(2), p99.toFixed(2)];
  const added = { p50: figures.alone.p50 - least.alone.p50, p99: figures.alone.p99 - least.alone.p99 };
  return [...cells(figures.alone), ...cells(figures.steady), ...cells(added)];
}

function sessions({ all, plan }: Findings): string {
  const measured = all.filter(({ memory }) => memory.length > 0);
  const rows = measured.map(({ gateway, memory }) => [
    gateway.name,
    `${((memory[0]?.resident ?? 0) / MIB).toFixed(1)} MiB`,
    ...plan.sessions.map((asked, index) => session(asked, memory[index + 1])),
  ]);
  return `## Memory per session

Resident memory with so many idle users, each with an IRC connection of their own in one channel,
less the memory without any, divided by their number.

${table(["", "without sessions", ...plan.sessions.map((count) => `${whole(count)} sessions`)], rows)}`;
}

function session(asked: number, figures: Memory | undefined): string {
  if (figures === undefined) return "not reached";
  const short = figures.sessions < asked ? ` (took ${whole(figures.sessions)}, then none for 20 s)` : "";
  return `${(figures.perSession / KIB).toFixed(1)} KiB${short}`;
}

function method({ plan, floor, all }: Findings): string {
  const ceilings = DIRECTIONS.map(
    (direction) => `${whole(floor.directions.get(direction)?.perSecond ?? 0)}/s ${direction}`,
  );
  return `## How it is measured

One process plays both ends on loopback with raw sockets: an XMPP server that accepts a component
(XEP-0114), and an IRC server without extensions. The gateway under test is a process of its own
between them. With a gateway that does nothing the load generator reaches ${ceilings.join(" and ")},
so it is never what is measured.

- **Throughput**: one user in one channel, small messages, at most ${whole(plan.throughput.window)} on their way, for
  ${plan.throughput.ms / 1000} s after a warm-up. Towards IRC a message counts when it has reached the IRC end *and* come back
  to its sender (XEP-0045 §7.4). Every message is numbered: a run in which one is lost, repeated or
  overtaken fails. Medians of ${plan.rounds} rounds; each round starts every gateway afresh, in turn.
- **CPU**: user and system time of the gateway's process through the messages of the run.
- **Latency**: ${whole(plan.alone)} messages a round, one at a time; then ${plan.steady.messages} at one every ${plan.steady.every} ms.

${all.map(({ gateway }) => `- ${gateway.name}: ${gateway.setup}.`).join("\n")}

\`npm run bench\` repeats all of it and writes this page; \`npm run bench -- --quick\` prints a short
run. It needs Debian's package biboumi.
`;
}

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]) => `| ${cells.join(" | ")} |`;
  const rule = head.map((_, index) => (index === 0 ? "---" : "--:"));
  return [line(head), line(rule), ...rows.map(line)].join("\n");
}

function whole(value: number): string {
  return Math.round(value).toLocaleString("en-US");
}

function ratio(value: number): string {
  return value >= 10 ? `${Math.round(value)} ×` : `${value.toFixed(2)} ×`;
}
