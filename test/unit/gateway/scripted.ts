import type { Adapter, Address, Host, SendOutcome, Session } from "../../../src/adapter.ts";
import type { Element } from "../../../src/domain/element.ts";
import type { Envelope } from "../../../src/domain/envelope.ts";
import type { Outbound } from "../../../src/domain/events.ts";
import {
  type Link,
  LinkFullError,
  type LinkHandler,
  LinkOfflineError,
  type Refused,
} from "../../../src/xmpp/link.ts";

/** A network whose every answer the test decides. `#…` are rooms, `server` is a server, the rest are contacts. */
export class ScriptedNetwork {
  readonly sent: Envelope<Outbound>[] = [];
  readonly closed: string[] = [];
  host: Host | undefined;
  /** Decides what becomes of an envelope. */
  answer: (envelope: Envelope<Outbound>) => SendOutcome = () => ({ evidence: "ok" });
  inRoom = true;
  resumed = 0;

  readonly adapter: Adapter = {
    identity: { type: "irc", name: "Scripted" },
    capabilities: { rooms: true, maxText: 1_000, maxLines: 5, batch: 8, lastState: "sent", lifetime: 60_000 },
    prompt: { desc: "Say whom.", prompt: "Nick" },
    address,
    fromPrompt: (typed) => ({ kind: "contact", conversation: typed.trim(), name: typed }),
    open: (_registration, host) => this.open(host),
    check: () => Promise.resolve([]),
    stop: () => Promise.resolve(),
  };

  private open(host: Host): Session {
    this.host = host;
    return {
      connect: () => host.state({ state: "connected" }),
      send: (batch) => {
        this.sent.push(...batch);
        return Promise.resolve(batch.map((envelope) => this.answer(envelope)));
      },
      resume: () => {
        this.resumed += 1;
      },
      inRoom: () => this.inRoom,
      listRooms: () => Promise.resolve([{ conversation: "#a", name: "#a", occupants: 3 }]),
      contactInfo: () => Promise.resolve({ nick: "juliet", name: "Juliet Capulet" }),
      idle: true,
      close: (reason) => {
        this.closed.push(reason);
        return Promise.resolve();
      },
    };
  }
}

function address(localpart: string): Address | undefined {
  if (localpart.includes("!")) return undefined;
  const kind = localpart.startsWith("#") ? "room" : localpart === "server" ? "server" : "contact";
  return { kind, conversation: localpart, name: localpart };
}

/** The XMPP server's end of a link, as the test plays it. */
export class ScriptedLink implements Link {
  readonly domain: string;
  readonly handler: LinkHandler;
  online = false;
  readonly out: Element[] = [];
  /** What the server does with a write before it answers the barrier: bounces, for one. */
  onSend: (batch: readonly Element[]) => void = () => {};
  refuse: (stanza: Element) => Refused["reason"] | undefined = () => undefined;
  /** Whether the socket holds too much at this write. */
  fullNow: () => boolean = () => false;
  /** The stream breaks before the next barrier is answered. */
  breakNext = false;

  constructor(domain: string, handler: LinkHandler) {
    this.domain = domain;
    this.handler = handler;
  }

  start(): void {}

  goOnline(): void {
    this.online = true;
    this.handler.online();
  }

  goOffline(): void {
    this.online = false;
    this.handler.offline({ reason: "closed", text: "the server closed the stream" });
  }

  send(batch: readonly Element[]): readonly Refused[] {
    if (!this.online) throw new LinkOfflineError("offline");
    if (this.fullNow()) throw new LinkFullError("too much is unsent");
    const refused: Refused[] = [];
    for (const [index, stanza] of batch.entries()) {
      const reason = this.refuse(stanza);
      if (reason !== undefined) refused.push({ index, reason, text: "not fit" });
      else this.out.push(stanza);
    }
    this.onSend(batch);
    return refused;
  }

  barrier(): Promise<void> {
    if (this.breakNext) {
      this.breakNext = false;
      this.goOffline();
      return Promise.reject(new LinkOfflineError("the stream ended"));
    }
    return Promise.resolve();
  }

  request(): Promise<Element> {
    return Promise.reject(new LinkOfflineError("not scripted"));
  }

  pause(): void {}
  resume(): void {}

  stop(): Promise<void> {
    this.online = false;
    return Promise.resolve();
  }

  /** Takes what was sent so far. */
  take(): Element[] {
    return this.out.splice(0);
  }
}
