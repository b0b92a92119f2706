import { mkdirSync } from "node:fs";
import { parseArgs } from "node:util";
import { DIRECTIONS, flow } from "./cases/flow.ts";
import { throughput } from "./cases/throughput.ts";
import { isthmus } from "./gateways/isthmus.ts";
import { Stage } from "./stage.ts";

/**
 * `node bench/profile-run.ts [--out FOLDER]`: one profile of this gateway under full load for each
 * direction, for `node bench/profile.ts`. The gateway writes its profile when it ends.
 */
/** Long enough that starting up is lost in it. */
const LOAD = { ms: 10_000, window: 2000 };

const { values } = parseArgs({ options: { out: { type: "string", default: "data/profiles" } } });
mkdirSync(values.out, { recursive: true });
process.once("SIGINT", () => process.exit(130));

const stage = new Stage();
await stage.open();
try {
  for (const [index, direction] of DIRECTIONS.entries()) {
    const name = `${index === 0 ? "out" : "in"}.cpuprofile`;
    const gateway = isthmus(["--cpu-prof", `--cpu-prof-dir=${values.out}`, `--cpu-prof-name=${name}`]);
    await stage.with(gateway, 1, async ({ pid }) => {
      if ((await stage.join(0, 1)) < 1) throw new Error(`${gateway.name} did not answer a join`);
      const rate = await throughput(flow(stage, direction), pid, LOAD);
      process.stdout.write(
        `${direction} ${Math.round(rate.perSecond)}/s, profile in ${values.out}/${name}\n`,
      );
    });
  }
} finally {
  stage.close();
}
