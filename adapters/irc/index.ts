import type { Adapter, AdapterContext, AdapterModule, Capabilities } from "../../src/adapter.ts";
import { createAddressing } from "./address.ts";
import { checkServers } from "./check.ts";
import { type IrcOptions, parseOptions } from "./config.ts";
import { createConnection } from "./connection.ts";
import { createGate, type Gate } from "./gate.ts";
import { type Connect, IrcSession } from "./session.ts";
import type { Shared } from "./shared.ts";

/** Longest text of one message, UTF-8 bytes, and most lines: what a channel bears without a flood. */
const MAX_TEXT = 16_384;
const MAX_LINES = 100;
/** Most messages handed over at once. */
const BATCH = 512;
/** Most servers whose rate of connecting is kept; the first of them is forgotten beyond. */
const MAX_GATES = 1024;

/** The IRC adapter. */
export const adapter: AdapterModule = {
  name: "irc",
  create: (options, context) => create(parseOptions(options), context),
};

function create(options: IrcOptions, context: AdapterContext): Adapter {
  const { domain, clock, random, log } = context;
  const addressing = createAddressing(options, domain);
  const shared: Shared = { domain, options, addressing, clock, random, log };
  const connect = connector(context);
  return {
    identity: { type: "irc", name: options.fixedServer ?? "IRC" },
    capabilities: capabilities(options),
    address: addressing.address,
    prompt: prompt(options),
    fromPrompt: addressing.fromPrompt,
    open: (registration, host) => new IrcSession(registration, host, shared, connect),
    check: () => checkServers(options, connect, clock, random),
    stop: async () => {},
  };
}

function prompt({ fixedServer }: IrcOptions): Adapter["prompt"] {
  if (fixedServer !== undefined)
    return { desc: `Write a #channel or a nick on ${fixedServer}.`, prompt: "Channel or nick" };
  return {
    desc: "Write a #channel or a nick, and its IRC server: #channel on irc.example.net.",
    prompt: "IRC address",
  };
}

function capabilities(options: IrcOptions): Capabilities {
  return {
    rooms: true,
    maxText: MAX_TEXT,
    maxLines: MAX_LINES,
    batch: BATCH,
    lastState: "sent",
    lifetime: options.lifetime,
  };
}

/** Connections through the server's gate: all users together do not try more often than it allows. */
function connector({ clock, random, log }: AdapterContext): Connect {
  const gates = new Map<string, Gate>();
  return (server, identity, handler) => {
    const gate = gates.get(server.name) ?? createGate(server.connectRate, clock);
    gates.set(server.name, gate);
    for (const oldest of gates.keys()) {
      if (gates.size <= MAX_GATES) break;
      gates.delete(oldest);
    }
    return createConnection(server, identity, handler, { clock, random, log, gate });
  };
}
