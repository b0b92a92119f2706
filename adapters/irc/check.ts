import type { CheckResult, Clock } from "../../src/adapter.ts";
import { type IrcOptions, serverFor } from "./config.ts";
import type { Connect } from "./session.ts";
import type { ConnectionReport, IrcConnection, ServerOptions } from "./types.ts";

/** How long leaving a server may take, milliseconds. */
const QUIT_TIME = 2_000;

/** Registers at every server that the options name, under a nick of chance, and leaves again. */
export function checkServers(
  options: IrcOptions,
  connect: Connect,
  clock: Clock,
  random: () => number,
): Promise<readonly CheckResult[]> {
  const names = new Set(options.servers.keys());
  if (options.fixedServer !== undefined) names.add(options.fixedServer);
  return Promise.all(
    [...names].map((name) => check(serverFor(options, name), options.timeout, connect, clock, random)),
  );
}

async function check(
  server: ServerOptions,
  timeout: number,
  connect: Connect,
  clock: Clock,
  random: () => number,
): Promise<CheckResult> {
  const way = server.tls ? (server.verify ? "TLS" : "TLS, not verified") : "plain text";
  const what = `IRC server ${server.name} (${server.host}:${server.port}, ${way})`;
  const nick = `check${Math.floor(random() * 1e6)}`;
  let connection: IrcConnection | undefined;
  const report = await new Promise<ConnectionReport>((resolve) => {
    const late = {
      state: "transient-disconnect",
      text: "It did not answer in time; is it the right port, and is TLS right?",
    } as const;
    const timer = clock.setTimeout(() => resolve(late), timeout);
    connection = connect(
      server,
      { nick, username: "isthmus", realname: "isthmus check" },
      {
        report(seen) {
          if (seen.state === "connecting") return;
          timer.cancel();
          resolve(seen);
        },
        text() {},
        event() {},
        readEnd() {},
      },
    );
    connection.open();
  });
  await connection?.close("Checked", QUIT_TIME);
  const ok = report.state === "connected";
  return {
    what,
    ok,
    text: ok ? `registered as ${connection?.nick ?? nick}` : `${report.text} ${cure(server)}`,
  };
}

function cure(server: ServerOptions): string {
  const at = `options.servers.${server.name}`;
  return `Look at host, port${server.tls ? ", tls and verify" : " and tls"} of ${at}.`;
}
