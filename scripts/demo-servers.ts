import { getCACertificates, setDefaultCACertificates } from "node:tls";
import { type Gateway, startGateway } from "../test/support/gateway.ts";
import { type IrcServer, startNgircd } from "../test/support/ngircd.ts";
import { makeFolder } from "../test/support/process.ts";
import { startProsody, type XmppServer } from "../test/support/prosody.ts";
import { makeCertificate } from "../test/support/tls.ts";

/** The demonstration's servers: real ones, on loopback, on free ports, with data that is thrown away. */
export interface Servers {
  readonly xmpp: XmppServer;
  readonly irc: IrcServer;
  readonly gateway: Gateway;
  stop(): Promise<void>;
}

/** People's domain, the gateway's, and the name that the IRC server has in addresses. */
export const DOMAIN = "localhost";
export const COMPONENT = "irc.localhost";
export const IRC_NAME = "demo";
/** Accounts; each one's password is its name. `guest` is for whoever watches. */
export const ACCOUNTS = ["juliet", "guest"] as const;

type Tell = (text: string) => void;

/** Starts all three; ends what was started where one of them fails. */
export async function startServers(tell: Tell): Promise<Servers> {
  const running: { stop(): Promise<void> }[] = [];
  const stop = async (): Promise<void> => {
    for (const server of running.splice(0).reverse()) await server.stop();
  };
  try {
    const secret = crypto.randomUUID();
    const xmpp = await startXmpp(secret);
    running.push(xmpp);
    tell(`Prosody runs on 127.0.0.1:${xmpp.c2sPort}, with the accounts ${ACCOUNTS.join(" and ")}`);
    const irc = await startNgircd();
    running.push(irc);
    tell(`ngIRCd runs on 127.0.0.1:${irc.port}`);
    const gateway = await startGateway({ config: configFor(xmpp, irc, secret) });
    running.push({ stop: () => gateway.remove() });
    tell(`Isthmus runs as ${COMPONENT}, its config is ${gateway.configFile}`);
    return { xmpp, irc, gateway, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

/** With a certificate of its own making, because most clients insist on TLS. */
async function startXmpp(secret: string): Promise<XmppServer> {
  const { certFile, keyFile, ca } = await makeCertificate(makeFolder("demo"), [DOMAIN]);
  // Juliet trusts it; other people are asked by their clients.
  setDefaultCACertificates([...getCACertificates("default"), ca]);
  const extra = `modules_enabled = { "posix", "tls", "roster", "saslauth", "disco", "ping", "carbons", "mam", "pep", "vcard_legacy", "version" }
modules_disabled = { "s2s", "s2s_auth_certs" }
ssl = { certificate = "${certFile}", key = "${keyFile}" }`;
  return startProsody({
    domain: DOMAIN,
    components: [{ domain: COMPONENT, secret }],
    users: ACCOUNTS,
    extra,
  });
}

function configFor(xmpp: XmppServer, irc: IrcServer, secret: string): Record<string, unknown> {
  const server = { host: irc.host, port: irc.port, tls: false };
  return {
    xmpp: { host: xmpp.host, port: xmpp.componentPort },
    components: [{ domain: COMPONENT, secret, adapter: "irc", options: { servers: { [IRC_NAME]: server } } }],
  };
}
