import type { Adapter, Clock, Logger, StateReport } from "../adapter.ts";
import type { Element } from "../domain/element.ts";
import type { Envelope } from "../domain/envelope.ts";
import type { Outbound } from "../domain/events.ts";
import type { Engine, NewEnvelope, Outcome } from "../queue/engine.ts";
import type { Store } from "../store/store.ts";
import { errorReply } from "../xmpp/codec/errors.ts";
import { unavailablePresence } from "../xmpp/codec/muc.ts";
import type { Link, LinkHandler, LinkProblem } from "../xmpp/link.ts";
import { createAddresses } from "./addresses.ts";
import { type Allowed, type Core, defaultSettings, type Policy, type Settings } from "./core.ts";
import { drainIn } from "./drain-in.ts";
import { drainOut } from "./drain-out.ts";
import { errorEnvelope } from "./follow.ts";
import { deliver } from "./inbound.ts";
import { LaneKeys } from "./lanes.ts";
import { Peers } from "./peers.ts";
import { receive } from "./receive.ts";
import { expel, restore, sweep, verifyOccupants } from "./recovery.ts";
import { answerable, reply } from "./reply.ts";
import { Rooms } from "./rooms.ts";
import { Sessions } from "./sessions.ts";

export interface GatewayParts {
  readonly domain: string;
  readonly allowed: Allowed;
  readonly adapter: Adapter;
  readonly engine: Engine;
  readonly store: Store;
  readonly clock: Clock;
  readonly ids: () => string;
  readonly log: Logger;
  readonly version: string;
  /** XEP-0157 addresses of whoever runs this. */
  readonly contacts?: readonly string[];
  readonly settings?: Partial<Settings>;
}

/** How often idle sessions, vanished clients and refused sessions are looked after, milliseconds. */
const SWEEP_EVERY = 5_000;

/** How long to wait before occupants are looked for again, milliseconds. */
const VERIFY_AGAIN = 1_000;

/** One component at work: its link, its sessions, its part of the lanes. */
export class Gateway {
  readonly #core: Core;
  #online: (() => void) | undefined;
  /** Resolves when the link is online for the first time. */
  readonly firstOnline: Promise<void>;

  constructor(parts: GatewayParts, connect: (handler: LinkHandler) => Link) {
    this.firstOnline = new Promise((resolve) => {
      this.#online = resolve;
    });
    this.#core = this.#build(parts, connect);
  }

  #build(parts: GatewayParts, connect: (handler: LinkHandler) => Link): Core {
    const { domain, adapter, clock, log } = parts;
    const policy: Policy = { allowed: parts.allowed };
    const events = {
      deliver: (user: string, inbound: Parameters<typeof deliver>[2]) => deliver(this.#core, user, inbound),
      state: (user: string, report: StateReport) => this.#state(user, report),
    };
    return {
      ...parts,
      contacts: parts.contacts ?? [],
      settings: { ...defaultSettings, ...parts.settings },
      policy,
      link: connect(this.#handler()),
      rooms: new Rooms(domain),
      sessions: new Sessions(adapter, domain, events, clock, log),
      addresses: createAddresses(adapter),
      lanes: new LaneKeys(domain),
      peers: new Peers(domain, () => clock.now()),
      ready: false,
      stopping: false,
    };
  }

  get domain(): string {
    return this.#core.domain;
  }

  /** Whether users can be served now: the XMPP server has accepted the component, and what a break left is sorted out. */
  get online(): boolean {
    return this.#core.link.online && this.#core.ready;
  }

  /** Replaces the list of whom this component serves. */
  allow(allowed: Allowed): void {
    this.#core.policy.allowed = allowed;
    expel(this.#core);
  }

  #handler(): LinkHandler {
    return {
      stanzas: (batch) => receive(this.#core, batch),
      oversized: (head, why) => this.#oversized(head, why),
      online: () => void this.#onOnline(),
      offline: (problem) => this.#onOffline(problem),
    };
  }

  /** Connects, and rejoins what an earlier life was in. The engine is started after all gateways. */
  start(): void {
    restore(this.#core);
    this.#core.link.start();
    this.#sweepLater();
  }

  #sweepLater(): void {
    this.#core.clock.setTimeout(() => {
      if (this.#core.stopping) return;
      sweep(this.#core);
      this.#sweepLater();
    }, SWEEP_EVERY);
  }

  /** Drains a lane of this component, either way. */
  drain(lane: string, batch: readonly Envelope[], attempt: number): Promise<readonly Outcome[]> {
    return lane.startsWith("in ")
      ? drainIn(this.#core, lane, batch)
      : drainOut(this.#core, lane, batch, attempt);
  }

  /** The deadline passed: the sender is told (delivery contract, 5). */
  expire(envelope: Envelope): readonly NewEnvelope[] {
    const { lane, at, id } = envelope;
    this.#core.log.warn({ envelope: id, lane, waited: this.#core.clock.now() - at }, "an envelope expired");
    if (lane.startsWith("in ")) return [];
    const text = `This could not be delivered within ${inWords(envelope.deadline - at)}: the network was not reachable.`;
    return [errorEnvelope(this.#core, envelope as Envelope<Outbound>, "remote-server-timeout", text)];
  }

  async #onOnline(): Promise<void> {
    const core = this.#core;
    core.log.info({}, "the XMPP server has accepted the component");
    if (!(await verifyOccupants(core))) {
      // The socket was full, or the link is gone again and its next `online` does this.
      if (core.link.online) core.clock.setTimeout(() => void this.#onOnline(), VERIFY_AGAIN);
      return;
    }
    core.ready = true;
    core.engine.wakeAll(`in ${core.domain} `);
    this.#online?.();
  }

  #onOffline(problem: LinkProblem): void {
    this.#core.ready = false;
    // The link has told the operator; this is for whoever reads along.
    this.#core.log.debug({ reason: problem.reason }, problem.text);
  }

  #oversized(head: Element, why: string): void {
    this.#core.log.warn({ from: head.attrs.from, to: head.attrs.to }, `a stanza was refused: ${why}`);
    if (answerable(head))
      reply(this.#core, [errorReply(head, "policy-violation", `This is too large for the gateway: ${why}.`)]);
  }

  /** What a session reports is told to the user once, in words, from the address that it is about. */
  #state(user: string, report: StateReport): void {
    const core = this.#core;
    core.log.info({ user, of: report.of, state: report.state }, report.text ?? "session state");
    if (report.state === "connected") core.engine.wakeAll(`out ${core.domain} ${user} `);
    const tell = report.state === "banned" || report.state === "bad-credentials";
    if (!tell || report.text === undefined) return;
    const event = {
      kind: "message",
      conversation: report.of ?? "-",
      text: report.text,
      manner: "plain",
    } as const;
    deliver(core, user, [event]).catch((error: unknown) => {
      core.log.warn({ user, err: String(error) }, "the user could not be told about the session");
    });
  }

  /** Nothing new is taken from now on: what comes is answered with an error. */
  refuseNew(): void {
    this.#core.stopping = true;
  }

  /** Leaves the networks and the rooms, then closes the stream; within `ms`. */
  async stop(ms: number): Promise<void> {
    const core = this.#core;
    core.stopping = true;
    await core.sessions.closeAll("The gateway is stopping", ms / 2);
    const farewells: Element[] = [];
    for (const view of core.rooms.all()) {
      for (const resource of view.resources.keys()) {
        // XEP-0045 §17.3: the service is going down.
        farewells.push(
          unavailablePresence(view.jid, `${view.user}/${resource}`, {
            nick: view.nick,
            statuses: [110, 332],
          }),
        );
      }
      const { user, conversation } = view;
      for (const resource of view.resources.keys())
        core.store.occupancies.remove({ component: core.domain, user, conversation, resource });
    }
    reply(core, farewells);
    await core.link.stop(ms / 2);
    await core.adapter.stop();
  }
}

function inWords(ms: number): string {
  const [count, unit] =
    ms < 60_000 ? [Math.round(ms / 1_000), "second"] : [Math.round(ms / 60_000), "minute"];
  return `${count} ${unit}${count === 1 ? "" : "s"}`;
}

/** Makes a gateway of its parts; `connect` makes its link. */
export function createGateway(parts: GatewayParts, connect: (handler: LinkHandler) => Link): Gateway {
  return new Gateway(parts, connect);
}
