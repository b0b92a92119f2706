import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { connect } from "node:net";
import { join } from "node:path";
import { freePort } from "./ports.ts";
import { makeFolder } from "./process.ts";
import type { XmppServer, XmppServerOptions } from "./prosody.ts";
import { startServer } from "./server.ts";

/**
 * An ejabberd of this test's own. It is run without its ejabberdctl, as a node without a name: so
 * it starts no epmd that would stay behind, and changes to no other user.
 */
export async function startEjabberd(options: XmppServerOptions): Promise<XmppServer> {
  const domain = options.domain ?? "example.org";
  const folder = makeFolder("ejabberd");
  const c2sPort = await freePort();
  const componentPort = await freePort();
  const config = join(folder, "ejabberd.yml");
  writeFileSync(config, ejabberdConfig(options, domain, c2sPort, componentPort));
  mkdirSync(join(folder, "spool"));
  const server = await startServer({
    name: "ejabberd",
    folder,
    command: "erl",
    args: ["-noinput", "+sbwt", "none", "+S", "2", "-mnesia", "dir", `"${folder}/spool"`, "-s", "ejabberd"],
    env: {
      EJABBERD_CONFIG_PATH: config,
      EJABBERD_LOG_PATH: join(folder, "ejabberd.log"),
      ERL_CRASH_DUMP: join(folder, "crash.dump"),
      ERL_LIBS: libraries(),
      HOME: folder,
    },
    ports: [c2sPort, componentPort],
  });
  const addUser = (name: string, password: string) => register(c2sPort, domain, name, password);
  for (const user of options.users ?? []) await addUser(user, user);
  return Object.assign(server, { domain, c2sPort, componentPort, addUser });
}

/** Where the package put ejabberd's Erlang libraries: its own control script knows. */
function libraries(): string {
  const found = /^ERL_LIBS='?([^'\n]+)'?$/m.exec(readFileSync("/usr/sbin/ejabberdctl", "utf8"));
  if (found?.[1] === undefined) throw new Error("/usr/sbin/ejabberdctl names no ERL_LIBS");
  return found[1];
}

function ejabberdConfig(
  options: XmppServerOptions,
  domain: string,
  c2sPort: number,
  componentPort: number,
): string {
  const hosts = options.components.map((one) => `      "${one.domain}": { password: "${one.secret}" }`);
  return `
hosts: ["${domain}"]
loglevel: info
log_rotate_count: 0
listen:
  - port: ${c2sPort}
    ip: "127.0.0.1"
    module: ejabberd_c2s
    access: all
    shaper: none
  - port: ${componentPort}
    ip: "127.0.0.1"
    module: ejabberd_service
    access: all
    hosts:
${hosts.join("\n")}
auth_method: internal
auth_password_format: plain
disable_sasl_mechanisms: ["digest-md5", "X-OAUTH2"]
registration_timeout: infinity
s2s_access: none
shaper_rules:
  max_user_sessions: 1000
${options.extra ?? ""}
modules:
  mod_register: { ip_access: all, access: all }
  mod_roster: {}
  mod_disco: {}
  mod_ping: {}
  mod_carboncopy: {}
  mod_mam: { default: always }
  mod_offline: {}
  mod_blocking: {}
  mod_privacy: {}
  mod_private: {}
  mod_vcard: {}
  mod_version: {}
  mod_time: {}
`;
}

/** Registers an account in-band (XEP-0077 §3.1), on a stream of its own. */
function register(port: number, domain: string, name: string, password: string): Promise<void> {
  return new Promise((resolve, reject) => {
    const socket = connect(port, "127.0.0.1");
    let seen = "";
    const fail = (why: string) => reject(new Error(`could not register ${name}@${domain}: ${why}`));
    socket.setEncoding("utf8");
    socket.once("error", (error) => fail(error.message));
    socket.once("close", () => fail(`the server closed the stream after ${seen}`));
    socket.write(`<stream:stream xmlns='jabber:client' xmlns:stream='http://etherx.jabber.org/streams'
 to='${domain}' version='1.0'><iq type='set' id='reg'><query xmlns='jabber:iq:register'>
<username>${name}</username><password>${password}</password></query></iq>`);
    socket.on("data", (text) => {
      seen += text;
      if (/<iq[^>]*type='result'/.test(seen)) resolve();
      else if (!/<iq[^>]*type='error'/.test(seen)) return;
      else fail(seen);
      socket.end("</stream:stream>");
    });
  });
}
