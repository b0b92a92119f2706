import { writeFile } from "node:fs/promises";
import { parseArgs } from "node:util";
import { biboumi } from "./gateways/biboumi.ts";
import { isthmus } from "./gateways/isthmus.ts";
import { mirror } from "./gateways/mirror.ts";
import { type Machine, machine } from "./machine.ts";
import { type GatewayResult, measureAll } from "./measure.ts";
import { charts } from "./page/charts.ts";
import { page } from "./page/page.ts";
import { plot } from "./page/plot.ts";
import { FULL, QUICK } from "./plan.ts";
import { Stage } from "./stage.ts";

/**
 * `npm run bench`: this gateway beside biboumi, in one run and under one load. `--quick` for a short
 * run, `--only mirror,off,on,isthmus` for some of the gateways; both print and write no page.
 */
const { values } = parseArgs({ options: { quick: { type: "boolean" }, only: { type: "string" } } });
const ALL = { mirror, off: biboumi(false), on: biboumi(true), isthmus: isthmus() };
const DOCS = new URL("../docs/", import.meta.url);

const chosen = values.only?.split(",") ?? Object.keys(ALL);
const unknown = chosen.filter((key) => !(key in ALL));
if (unknown.length > 0) {
  process.stderr.write(`--only: no ${unknown.join(", ")}; there is ${Object.keys(ALL).join(", ")}\n`);
  process.exit(2);
}
// Leaving by exit() ends the gateway that is running (gateways/child.ts).
process.once("SIGINT", () => process.exit(130));
process.once("SIGTERM", () => process.exit(143));

const plan = values.quick ? QUICK : FULL;
const stage = new Stage();
await stage.open();
try {
  const gateways = Object.entries(ALL).flatMap(([key, gateway]) => (chosen.includes(key) ? [gateway] : []));
  const before = machine(stage.folder);
  const results = await measureAll(stage, gateways, plan, (line) => process.stdout.write(`${line}\n`));
  if (values.only === undefined) await publish(results, before);
} finally {
  stage.close();
}

/** Prints the page; the full plan's is kept in docs/. */
async function publish(all: readonly GatewayResult[], on: Machine): Promise<void> {
  const of = (gateway: unknown) => {
    const found = all.find((result) => result.gateway === gateway);
    if (found === undefined) throw new Error("a gateway was not measured");
    return found;
  };
  const own = of(ALL.isthmus);
  const peers = [of(ALL.off), of(ALL.on)];
  const findings = { machine: on, plan, own, peers, floor: of(ALL.mirror), all };
  process.stdout.write(`\n${page(findings)}`);
  if (plan !== FULL) return;
  await writeFile(new URL("performance.md", DOCS), page(findings));
  await writeFile(new URL("performance.svg", DOCS), plot(charts(findings)));
}
