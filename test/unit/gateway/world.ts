import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Element, el } from "../../../src/domain/element.ts";
import type { Inbound, Occupant } from "../../../src/domain/events.ts";
import { createIds } from "../../../src/domain/id.ts";
import { createGateway, type Gateway } from "../../../src/gateway/gateway.ts";
import { createAllowed } from "../../../src/gateway/policy.ts";
import { createRouter } from "../../../src/gateway/router.ts";
import { createEmbeddedEngine, queueMigrations } from "../../../src/queue/embedded/index.ts";
import type { Engine } from "../../../src/queue/engine.ts";
import { defaultLimits } from "../../../src/queue/limits.ts";
import { openDatabase } from "../../../src/sqlite/group-commit.ts";
import { createStore, storeMigrations } from "../../../src/store/index.ts";
import { NS } from "../../../src/xmpp/codec/namespaces.ts";
import { TestClock } from "../../contract/engine-clock.ts";
import { ScriptedLink, ScriptedNetwork } from "./scripted.ts";

export const DOMAIN = "irc.example.org";
export const ROOM = `#a@${DOMAIN}`;
export const ROMEO = "romeo@example.org/orchard";
export const BALCONY = "romeo@example.org/balcony";

const silent = { debug() {}, info() {}, warn() {}, error() {} };

/** A gateway on a real engine and a real store; the network and the XMPP server are the test's. */
export class World {
  readonly clock = new TestClock();
  readonly network = new ScriptedNetwork();
  readonly folder: string;
  readonly engine: Engine;
  readonly gateway: Gateway;
  private readonly database: ReturnType<typeof openDatabase>;
  private current: ScriptedLink | undefined;

  /** On the data of an earlier life, where a folder is given. */
  constructor(folder = mkdtempSync(join(tmpdir(), "isthmus-gateway-"))) {
    this.folder = folder;
    const { clock } = this;
    const random = () => 0.5;
    const ids = createIds(() => clock.now(), Math.random);
    this.database = openDatabase(join(folder, "isthmus.db"), [queueMigrations, storeMigrations]);
    const archive = { maxAge: 1e12, maxPerRoom: 1_000 };
    const store = createStore(this.database, { archive, ids, clock });
    this.engine = createEmbeddedEngine(this.database, defaultLimits, { clock, random, log: silent });
    const allowed = createAllowed(["example.org"]);
    const { adapter } = this.network;
    const parts = {
      domain: DOMAIN,
      allowed,
      adapter,
      engine: this.engine,
      store,
      clock,
      ids,
      log: silent,
      version: "1",
    };
    this.gateway = createGateway(parts, (handler) => {
      this.current = new ScriptedLink(DOMAIN, handler);
      return this.current;
    });
  }

  get link(): ScriptedLink {
    if (this.current === undefined) throw new Error("the gateway has made no link");
    return this.current;
  }

  async start(): Promise<this> {
    this.gateway.start();
    await this.engine.start(createRouter(new Map([[DOMAIN, this.gateway]])));
    this.link.goOnline();
    await this.settle();
    return this;
  }

  /** Until nothing is under way any more: a few turns of the event loop, each with its commit. */
  async settle(): Promise<void> {
    for (let turn = 0; turn < 12; turn++) {
      await this.database.flushed();
      await new Promise((resolve) => setImmediate(resolve));
    }
  }

  /** Stanzas come from the XMPP server; what goes back. */
  async receive(...batch: Element[]): Promise<Element[]> {
    this.link.handler.stanzas(batch);
    await this.settle();
    return this.link.take();
  }

  /** Something happens on the network; what goes out to XMPP. */
  async happens(...events: Inbound[]): Promise<Element[]> {
    await this.network.host?.deliver(events);
    await this.settle();
    return this.link.take();
  }

  /** Time passes. */
  async pass(ms: number): Promise<Element[]> {
    await this.clock.pass(ms, () => this.settle());
    return this.link.take();
  }

  /** A client joins a room, and the network lets it in. */
  async joined(from = ROMEO, occupants: readonly Occupant[] = [ROMEO_THERE]): Promise<Element[]> {
    await this.receive(joinStanza(from));
    return this.happens({ kind: "joined", conversation: "#a", to: from, nick: "romeo", occupants });
  }

  /** As kill -9: nothing is said to anybody. The data stays. */
  async die(): Promise<string> {
    await this.engine.stop(0);
    this.database.close();
    return this.folder;
  }

  async end(): Promise<void> {
    await this.die();
    rmSync(this.folder, { recursive: true });
  }
}

export const ROMEO_THERE: Occupant = { nick: "romeo", role: "participant", affiliation: "none" };
export const JULIET_THERE: Occupant = { nick: "juliet", role: "moderator", affiliation: "owner" };

export function joinStanza(from: string, ...children: Element[]): Element {
  return el("presence", { from, to: `${ROOM}/romeo`, id: "j1" }, el("x", { xmlns: NS.muc }, ...children));
}

export function groupchat(from: string, body: string, id = "m1"): Element {
  return el("message", { from, to: ROOM, type: "groupchat", id }, el("body", {}, body));
}

/** Somebody speaks in the room. */
export function speaks(nick: string, text: string): Inbound {
  return { kind: "message", conversation: "#a", nick, text, manner: "plain" };
}

/** The bodies of the messages among stanzas. */
export function bodies(stanzas: readonly Element[]): string[] {
  const texts: string[] = [];
  for (const stanza of stanzas) {
    const body = stanza.children.find((node) => typeof node !== "string" && node.name === "body");
    if (typeof body === "object") texts.push(body.children.join(""));
  }
  return texts;
}
