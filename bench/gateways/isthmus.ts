import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { start } from "./child.ts";
import type { Ends, Gateway } from "./gateway.ts";

const MAIN = fileURLToPath(new URL("../../src/main.ts", import.meta.url));

/** This gateway with its defaults: every message in the journal on disk and in the archive. */
export function isthmus(nodeOptions: readonly string[] = []): Gateway {
  return {
    name: "Isthmus",
    setup:
      "its defaults, so each message is on disk in the journal before it is acted on, and in the archive; flood control off",
    async start(ends) {
      const config = join(ends.folder, "isthmus.yaml");
      await writeFile(config, configOf(ends));
      return start(process.execPath, [...nodeOptions, MAIN, "start", "--config", config], ends.folder);
    },
  };
}

/** JSON is YAML. */
function configOf(ends: Ends): string {
  return JSON.stringify({
    data_dir: join(ends.folder, "data"),
    xmpp: { host: "127.0.0.1", port: ends.xmppPort },
    components: [
      {
        domain: ends.domain,
        secret: ends.secret,
        adapter: "irc",
        allow: ["bench.test"],
        options: {
          servers: {
            [ends.server]: {
              host: "127.0.0.1",
              port: ends.ircPort,
              tls: false,
              flood: "off",
              connect_rate: 1000,
            },
          },
        },
      },
    ],
  });
}
