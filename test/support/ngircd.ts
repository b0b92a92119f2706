import { chmodSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { freePort } from "./ports.ts";
import { makeFolder } from "./process.ts";
import { type Server, startServer } from "./server.ts";

export interface IrcServer extends Server {
  readonly port: number;
}

export interface NgircdOptions {
  /** More lines for [Limits], such as `MaxPenaltyTime = -1` for the flood penalties that are off here. */
  readonly limits?: string;
  /** More lines at the end, such as a [Channel] or an [Operator]. */
  readonly extra?: string;
}

/** The operator that every launched IRC server knows. */
export const IRC_OPERATOR = { name: "admin", password: "adminpass" } as const;

/** An ngIRCd of this test's own: no IRCv3, CASEMAPPING=ascii, flood penalties off unless asked for. */
export async function startNgircd(options: NgircdOptions = {}): Promise<IrcServer> {
  const folder = makeFolder("ngircd");
  const port = await freePort();
  const config = join(folder, "ngircd.conf");
  writeFileSync(config, ngircdConfig(options, port));
  // It refuses to run as root; as nobody it has to read this folder.
  chmodSync(folder, 0o755);
  const server = await startServer({
    name: "ngircd",
    user: "nobody",
    folder,
    command: "ngircd",
    args: ["-n", "-f", config],
    ports: [port],
  });
  return Object.assign(server, { port });
}

function ngircdConfig(options: NgircdOptions, port: number): string {
  return `[Global]
Name = irc.ngircd.test
Info = A test server
AdminEMail = root@localhost
MotdPhrase = Welcome to the test server
Network = TestNet
Listen = 127.0.0.1
Ports = ${port}

[Limits]
MaxConnections = 0
MaxConnectionsIP = 0
MaxJoins = 0
MaxNickLength = 30
PingTimeout = 120
PongTimeout = 20
${options.limits ?? "MaxPenaltyTime = 0"}

[Options]
DNS = no
Ident = no
PAM = no
OperCanUseMode = yes

[Operator]
Name = ${IRC_OPERATOR.name}
Password = ${IRC_OPERATOR.password}
${options.extra ?? ""}
`;
}
