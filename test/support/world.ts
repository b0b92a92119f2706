import { startEjabberd } from "./ejabberd.ts";
import { type Gateway, startGateway } from "./gateway.ts";
import { type InspircdServer, startInspircd } from "./inspircd.ts";
import { type IrcPeer, ircPeer } from "./irc-peer.ts";
import { type IrcServer, startNgircd } from "./ngircd.ts";
import { startProsody, type XmppServer } from "./prosody.ts";
import { isError, type XmppClient, xmppClient } from "./xmpp-client.ts";

/** The gateway's domain in every world. */
export const GATEWAY = "irc.example.org";
/** The IRC server's name in addresses; the configuration says where it really is. */
export const IRC = "irc.verona.test";
const SECRET = "component-secret";
const USERS = ["romeo", "juliet", "tybalt", "mercutio"];

export interface WorldOptions {
  /** More of the adapter's options, and of the whole configuration. */
  readonly irc?: Readonly<Record<string, unknown>>;
  readonly config?: Readonly<Record<string, unknown>>;
  /** More of `xmpp`. */
  readonly xmpp?: Readonly<Record<string, unknown>>;
  /** More options of this IRC server. */
  readonly server?: Readonly<Record<string, unknown>>;
  /** Ports of proxies between the gateway and its servers. */
  readonly through?: (servers: {
    xmpp: XmppServer;
    irc: IrcServer;
  }) => Promise<{ xmpp?: number; irc?: number }>;
  readonly allow?: readonly string[];
  /** More IRC servers by name, with what differs from the first: nothing for another name of the same one. */
  readonly hosts?: Readonly<Record<string, object>>;
  /** More of the gateway's environment. */
  readonly env?: NodeJS.ProcessEnv;
}

/** Two real servers with the gateway between them, and the people who talk. */
export class World {
  readonly xmpp: XmppServer;
  readonly irc: IrcServer;
  readonly gateway: Gateway;
  private readonly people: { stop(): Promise<void> }[] = [];

  constructor(xmpp: XmppServer, irc: IrcServer, gateway: Gateway) {
    this.xmpp = xmpp;
    this.irc = irc;
    this.gateway = gateway;
  }

  /** An XMPP user who has just logged in; gone with the world, or with `leave`. */
  async user(name: string, resource = "test"): Promise<XmppClient> {
    const user = await xmppClient(this.xmpp, name, resource);
    this.people.push(user);
    await user.presence();
    return user;
  }

  /** Someone on IRC. */
  async peer(nick: string): Promise<IrcPeer> {
    const peer = await ircPeer({ host: this.irc.host, port: this.irc.port, nick });
    this.people.push(peer);
    return peer;
  }

  /** Everybody goes home; the servers stay. */
  async everybodyOut(): Promise<void> {
    await Promise.all(this.people.splice(0).map((one) => one.stop()));
  }

  async end(): Promise<void> {
    await this.everybodyOut();
    await this.gateway.remove();
    await Promise.all([this.xmpp.stop(), this.irc.stop()]);
  }
}

/** The JID of a channel, and of a user there (design: addresses). */
export function room(channel: string): string {
  return `${channel}%${IRC}@${GATEWAY}`;
}
export const contact = room;

/** Prosody and ngIRCd, in plain text. */
export async function plainWorld(options: WorldOptions = {}): Promise<World> {
  // A gateway that comes back over a new connection is let in at once, though the old one still seems alive.
  const extra = 'component_conflict_resolve = "kick_old"';
  const xmpp = await startProsody({ components: [{ domain: GATEWAY, secret: SECRET }], users: USERS, extra });
  const irc = await startNgircd();
  return connect(xmpp, irc, { port: irc.port, tls: false }, options);
}

/** ejabberd and InspIRCd: TLS with a certificate that is verified, and IRCv3. */
export async function tlsWorld(options: WorldOptions = {}): Promise<World> {
  const xmpp = await startEjabberd({ components: [{ domain: GATEWAY, secret: SECRET }], users: USERS });
  const irc = await startInspircd();
  return connect(xmpp, irc, { port: irc.tlsPort, tls: true }, options);
}

async function connect(
  xmpp: XmppServer,
  irc: IrcServer | InspircdServer,
  where: { port: number; tls: boolean },
  options: WorldOptions,
): Promise<World> {
  const through = await options.through?.({ xmpp, irc });
  const port = through?.irc ?? where.port;
  const server = { host: "127.0.0.1", port, tls: where.tls, flood: "off", ...options.server };
  const component = {
    domain: GATEWAY,
    secret: SECRET,
    adapter: "irc",
    ...(options.allow && { allow: options.allow }),
  };
  const hosts = Object.entries({ [IRC]: {}, ...options.hosts });
  const servers = Object.fromEntries(hosts.map(([name, more]) => [name, { ...server, ...more }]));
  const gateway = await startGateway({
    config: {
      ...options.config,
      xmpp: { host: "127.0.0.1", port: through?.xmpp ?? xmpp.componentPort, ...options.xmpp },
      components: [{ ...component, options: { servers, ...options.irc } }],
    },
    env: { ...("caFile" in irc ? { NODE_EXTRA_CA_CERTS: irc.caFile } : {}), ...options.env },
  });
  return new World(xmpp, irc, gateway);
}

/** Resolves when the gateway answers this user again; until then the server does, with an error. */
export async function gatewayBack(user: XmppClient, ms = 60_000): Promise<void> {
  const end = Date.now() + ms;
  while (isError(await user.ping(GATEWAY))) {
    if (Date.now() > end) throw new Error(`the gateway was not back after ${ms} ms`);
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}

/** What a scenario is told for, in each combination. */
export const WORLDS = [
  ["Prosody and ngIRCd", plainWorld],
  ["ejabberd and InspIRCd over TLS", tlsWorld],
] as const;
