import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { freePort } from "./ports.ts";
import { makeFolder } from "./process.ts";
import { type Server, startServer } from "./server.ts";

export interface ComponentAccount {
  readonly domain: string;
  readonly secret: string;
}

export interface XmppServerOptions {
  readonly components: readonly ComponentAccount[];
  /** Names of accounts to make; each one's password is its name. */
  readonly users?: readonly string[];
  /** The domain of the accounts. */
  readonly domain?: string;
  /** More lines of the server's own configuration, in its global section. */
  readonly extra?: string;
}

/** A real XMPP server. */
export interface XmppServer extends Server {
  readonly domain: string;
  readonly c2sPort: number;
  readonly componentPort: number;
  addUser(name: string, password: string): Promise<void>;
}

/** A Prosody of this test's own. Its data outlives `restart` and `kill`. */
export async function startProsody(options: XmppServerOptions): Promise<XmppServer> {
  const domain = options.domain ?? "example.org";
  const folder = makeFolder("prosody");
  const c2sPort = await freePort();
  const componentPort = await freePort();
  const config = join(folder, "prosody.cfg.lua");
  writeFileSync(config, prosodyConfig(options, { folder, domain, c2sPort, componentPort }));
  const addUser = async (name: string, password: string) => writeAccount(folder, domain, name, password);
  for (const user of options.users ?? []) await addUser(user, user);
  const server = await startServer({
    name: "prosody",
    folder,
    command: "prosody",
    args: ["-F", "--config", config],
    // It does not listen for components where it has none.
    ports: options.components.length === 0 ? [c2sPort] : [c2sPort, componentPort],
  });
  return Object.assign(server, { domain, c2sPort, componentPort, addUser });
}

interface Places {
  readonly folder: string;
  readonly domain: string;
  readonly c2sPort: number;
  readonly componentPort: number;
}

function prosodyConfig(options: XmppServerOptions, places: Places): string {
  const components = options.components.map(
    ({ domain, secret }) => `Component "${domain}"\n  component_secret = "${secret}"\n`,
  );
  return `
run_as_root = true
pidfile = "${places.folder}/prosody.pid"
data_path = "${places.folder}/data"
log = { { levels = { min = "info" }, to = "console" } }
interfaces = { "127.0.0.1" }
component_interfaces = { "127.0.0.1" }
c2s_ports = { ${places.c2sPort} }
component_ports = { ${places.componentPort} }
modules_enabled = {
  "posix", "roster", "saslauth", "disco", "ping", "carbons", "mam", "blocklist", "private",
  "pep", "vcard_legacy", "version", "time", "uptime"
}
modules_disabled = { "s2s", "s2s_auth_certs", "tls" }
c2s_require_encryption = false
allow_unencrypted_plain_auth = true
authentication = "internal_plain"
storage = "internal"
${options.extra ?? ""}
VirtualHost "${places.domain}"
${components.join("")}`;
}

/** An account as mod_auth_internal_plain keeps it; read anew at each login, so it works while the server runs. */
function writeAccount(folder: string, domain: string, name: string, password: string): void {
  const encode = (text: string) =>
    text.replace(/[^A-Za-z0-9]/g, (char) => `%${char.charCodeAt(0).toString(16).padStart(2, "0")}`);
  const accounts = join(folder, "data", encode(domain), "accounts");
  mkdirSync(accounts, { recursive: true });
  writeFileSync(
    join(accounts, `${encode(name)}.dat`),
    `return { ["password"] = ${JSON.stringify(password)} };\n`,
  );
}
