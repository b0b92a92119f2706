import type { CheckResult } from "../adapter.ts";
import { type LoadedConfig, loadConfig } from "../config/load.ts";
import { UserError } from "../domain/errors.ts";
import { systemClock } from "../ops/clock.ts";
import { createLog } from "../ops/log.ts";
import { createAdapter } from "./adapters.ts";
import { checkLink } from "./check-link.ts";
import { checkData, gatewayRuns } from "./check-machine.ts";
import { checkListen } from "./web.ts";

/** Where the results are written. */
interface Output {
  write(text: string): unknown;
}

/**
 * `isthmus check`: looks at the data folder and at the port for HTTP, connects to the XMPP server as each component and to
 * everything that the adapters' options name. One line for each thing: what was seen and, where
 * something is wrong, what to change.
 *
 * @returns whether all is well
 * @throws UserError where the config itself is wrong
 */
export async function check(file: string, output: Output): Promise<boolean> {
  const loaded = loadConfig(file);
  let failed = 0;
  let seen = 0;
  const show = (results: readonly CheckResult[]): void => {
    for (const { what, ok, text } of results) {
      seen += 1;
      if (!ok) failed += 1;
      output.write(`${ok ? "ok    " : "FAILED"} ${what}: ${oneLine(text, loaded.secrets)}\n`);
    }
  };
  const components = loaded.components.length;
  show([
    { what: "config", ok: true, text: `${file}, ${components} component${components === 1 ? "" : "s"}` },
  ]);
  show(await checkData(loaded));
  show(await checkListen(loaded, gatewayRuns(loaded)));
  show(await checkComponents(loaded));
  output.write(failed === 0 ? `All ${seen} checks passed.\n` : `${failed} of ${seen} checks failed.\n`);
  return failed === 0;
}

async function checkComponents(loaded: LoadedConfig): Promise<CheckResult[]> {
  const running = gatewayRuns(loaded);
  const each = loaded.components.map(async (component) => {
    const links = running
      ? [
          {
            what: `${component.domain} on XMPP`,
            ok: true,
            text: "not tried: the gateway is running, and would be cut off",
          },
        ]
      : await checkLink(component, loaded.config);
    return [...links, ...(await checkAdapter(loaded, component))];
  });
  return (await Promise.all(each)).flat();
}

/** What the adapter finds, its lines headed by the component. */
async function checkAdapter(
  loaded: LoadedConfig,
  component: LoadedConfig["components"][number],
): Promise<CheckResult[]> {
  const { domain } = component;
  const log = createLog({ level: "error", format: "line", secrets: loaded.secrets }, process.stderr);
  try {
    const adapter = await createAdapter(component, { domain, log, clock: systemClock, random: Math.random });
    try {
      const results = await adapter.check();
      return results.map((result) => ({ ...result, what: `${domain}: ${result.what}` }));
    } finally {
      await adapter.stop();
    }
  } catch (error) {
    const text = error instanceof Error ? error.message : String(error);
    if (error instanceof UserError) return [{ what: `${domain}: adapter`, ok: false, text }];
    return [{ what: `${domain}: adapter`, ok: false, text: `the check itself failed: ${text}` }];
  }
}

/** A secret may stand in what a far side answers. */
function oneLine(text: string, secrets: readonly string[]): string {
  let clean = text.replace(/\s+/g, " ");
  for (const secret of secrets) clean = secret.length < 6 ? clean : clean.replaceAll(secret, "[redacted]");
  return clean;
}
