import { execFile } from "node:child_process";
import { existsSync } from "node:fs";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { start } from "./child.ts";
import type { Ends, Gateway } from "./gateway.ts";

const BINARY = "/usr/bin/biboumi";

/** biboumi as Debian ships it, with its archive as it comes or switched off by every user. */
export function biboumi(archive: boolean): Gateway {
  return {
    name: archive ? "biboumi, as it ships" : "biboumi, archive off",
    setup: archive
      ? "`persistent_by_default` off, throttle off, archive on (its default)"
      : "the same with each user's `record_history` off; nothing is stored",
    noMemory: archive,
    async start(ends) {
      const config = join(ends.folder, "biboumi.cfg");
      const database = join(ends.folder, "biboumi.sqlite");
      await writeFile(config, configOf(ends, database, ends.xmppPort));
      await makeTables(ends, database);
      configureUsers(ends, database, archive);
      return start(BINARY, [config], ends.folder);
    },
  };
}

function configOf(ends: Ends, database: string, port: number): string {
  return `${[
    `hostname=${ends.domain}`,
    `password=${ends.secret}`,
    "xmpp_server_ip=127.0.0.1",
    `port=${port}`,
    `db_name=${database}`,
    "persistent_by_default=false",
    "identd_port=0",
    `log_file=${join(ends.folder, "biboumi.log")}`,
    "log_level=2",
  ].join("\n")}\n`;
}

/** biboumi makes its tables at start: it is started once towards a port where nobody listens, and ends by itself. */
async function makeTables(ends: Ends, database: string): Promise<void> {
  if (!existsSync(BINARY)) throw new Error(`${BINARY} is missing: apt-get install biboumi`);
  const config = join(ends.folder, "biboumi-first.cfg");
  await writeFile(config, configOf(ends, database, 1));
  await new Promise<void>((resolve) => {
    execFile(BINARY, [config], { timeout: 10_000 }, () => resolve());
  });
}

/** What each user would set by ad-hoc commands: where the IRC server is, no throttle, and the archive. */
function configureUsers(ends: Ends, database: string, archive: boolean): void {
  const db = new DatabaseSync(database);
  const server = db.prepare(
    "INSERT INTO ircserveroptions_ (owner_, server_, address_, ports_, tlsports_, maxhistorylength_, throttlelimit_, verifycert_)" +
      " VALUES (?, ?, '127.0.0.1', ?, '', 20, -1, 1)",
  );
  const global = db.prepare(
    "INSERT INTO globaloptions_ (owner_, maxhistorylength_, recordhistory_, persistent_) VALUES (?, 20, ?, 0)",
  );
  db.exec("BEGIN");
  for (const user of ends.users) {
    server.run(user, ends.server, String(ends.ircPort));
    global.run(user, archive ? 1 : 0);
  }
  db.exec("COMMIT");
  db.close();
}
