import { fileURLToPath } from "node:url";
import { start } from "./child.ts";
import type { Gateway } from "./gateway.ts";

const PROGRAM = fileURLToPath(new URL("mirror-program.ts", import.meta.url));

/** The least a gateway can do: it shows the load generator's own ceiling and the floor of every latency. */
export const mirror: Gateway = {
  name: "nothing (a mirror)",
  setup: "one regular expression per read, no parsing, no state",
  noMemory: true,
  async start(ends) {
    const args = [PROGRAM, String(ends.xmppPort), String(ends.ircPort), ends.domain, ends.secret];
    return start(process.execPath, args, ends.folder);
  },
};
