import { randomUUID } from "node:crypto";
import { type ClientEntity, client, type Stanza, xml } from "@xmpp/client";
import { Inbox, WAIT } from "./inbox.ts";

export { type Stanza, xml };

/** XEP-0045. */
export const MUC = "http://jabber.org/protocol/muc";
export const MUC_USER = `${MUC}#user`;

export interface ClientOptions {
  readonly host: string;
  readonly c2sPort: number;
  readonly domain: string;
}

/** Logs in to an XMPP server over plain TCP on loopback: an XMPP user as the tests see one. */
export async function xmppClient(server: ClientOptions, name: string, resource = "test", password = name) {
  const entity = client({
    service: `xmpp://${server.host}:${server.c2sPort}`,
    domain: server.domain,
    username: name,
    password,
    resource,
  });
  entity.reconnect.stop();
  entity.timeout = WAIT;
  const user = new XmppClient(entity, `${name}@${server.domain}`);
  await logIn(entity, server);
  user.jid = String(entity.jid);
  return user;
}

/** What the library's own `start` does, but a failure is told once: that one leaves a rejection behind that nobody handles. */
async function logIn(entity: ClientEntity, server: ClientOptions): Promise<void> {
  const online = new Promise<void>((resolve, reject) => {
    entity.once("online", () => resolve());
    entity.once("error", reject);
    entity.once("disconnect", () => reject(new Error("the server closed the connection during login")));
  });
  await Promise.all([
    online,
    entity
      .connect(`xmpp://${server.host}:${server.c2sPort}`)
      .then(() => entity.open({ domain: server.domain })),
  ]);
}

export interface JoinOptions {
  readonly password?: string;
  readonly maxHistory?: number;
}

export class XmppClient {
  readonly bare: string;
  jid = "";
  /** Every stanza that came, taken by a wait or not. */
  readonly stanzas: Inbox<Stanza>;
  /** Resolves when the stream ends, by whoever's doing. */
  readonly closed: Promise<void>;
  private readonly entity: ClientEntity;

  constructor(entity: ClientEntity, bare: string) {
    this.entity = entity;
    this.bare = bare;
    this.stanzas = new Inbox(`stanzas to ${bare}`, (stanza) => stanza.toString());
    // Characters are split across reads otherwise: the library decodes each read alone.
    entity.on("connect", () => entity.socket?.setEncoding("utf8"));
    entity.on("stanza", (stanza: Stanza) => this.stanzas.push(stanza));
    // A stream that breaks is seen by `closed`; without a listener it would end the test process.
    entity.on("error", () => {});
    this.closed = new Promise((resolve) => entity.once("disconnect", () => resolve()));
  }

  send(stanza: Stanza): Promise<void> {
    return this.entity.send(stanza);
  }

  /** The first stanza that matches and was not taken before. */
  waitFor(matches: (stanza: Stanza) => boolean, what: string, ms = WAIT): Promise<Stanza> {
    return this.stanzas.waitFor(matches, what, ms);
  }

  /** Sends an iq and resolves with its result, or with its error. */
  async iq(type: "get" | "set", to: string, payload: Stanza, ms = WAIT): Promise<Stanza> {
    const id = randomUUID();
    await this.send(xml("iq", { type, to, id }, payload));
    return this.waitFor((stanza) => stanza.is("iq") && stanza.attrs.id === id, `answer to ${payload}`, ms);
  }

  /** A ping round trip (XEP-0199): all that was sent to `to` before has been handled there. */
  ping(to: string): Promise<Stanza> {
    return this.iq("get", to, xml("ping", { xmlns: "urn:xmpp:ping" }));
  }

  /** Everything that our own server had for us until now has arrived. */
  async sync(): Promise<void> {
    await this.ping(this.bare.slice(this.bare.indexOf("@") + 1));
  }

  presence(attrs: Record<string, string> = {}, ...children: Stanza[]): Promise<void> {
    return this.send(xml("presence", attrs, ...children));
  }

  /** Asks to enter a room (XEP-0045 §7.2) without waiting for the answer. */
  requestJoin(room: string, nick: string, options: JoinOptions = {}): Promise<void> {
    const password = options.password === undefined ? undefined : xml("password", {}, options.password);
    const history =
      options.maxHistory === undefined
        ? undefined
        : xml("history", { maxstanzas: String(options.maxHistory) });
    return this.presence({ to: `${room}/${nick}` }, xml("x", { xmlns: MUC }, password, history));
  }

  /** Enters a room; resolves with the self-presence (110), after which the subject has come too. Rejects where refused. */
  async join(room: string, nick: string, options: JoinOptions = {}): Promise<Stanza> {
    await this.requestJoin(room, nick, options);
    const answer = await this.waitFor(
      (stanza) => from(stanza, room) && stanza.is("presence") && (hasStatus(stanza, 110) || isError(stanza)),
      `self-presence in ${room}`,
      30_000,
    );
    if (isError(answer)) throw new Error(`could not join ${room}: ${answer}`);
    await this.waitFor((stanza) => from(stanza, room) && isSubject(stanza), `subject of ${room}`);
    return answer;
  }

  /** Leaves a room; resolves with the unavailable self-presence. */
  async leave(room: string, nick: string): Promise<Stanza> {
    await this.presence({ to: `${room}/${nick}`, type: "unavailable" });
    return this.waitFor(
      (stanza) => from(stanza, room) && stanza.attrs.type === "unavailable" && hasStatus(stanza, 110),
      `leaving ${room}`,
    );
  }

  /** Sends a message and gives its id. */
  async say(
    to: string,
    body: string,
    type: "chat" | "groupchat" = "chat",
    ...more: Stanza[]
  ): Promise<string> {
    const id = randomUUID();
    await this.send(xml("message", { to, type, id }, xml("body", {}, body), ...more));
    return id;
  }

  /** The next message with this body, from this bare or full JID. */
  waitForBody(sender: string, body: string, ms = WAIT): Promise<Stanza> {
    return this.waitFor(
      (stanza) => stanza.is("message") && from(stanza, sender) && stanza.getChildText("body") === body,
      `message "${body}" from ${sender}`,
      ms,
    );
  }

  /** The error that answers the stanza of this id. */
  waitForError(id: string, ms = WAIT): Promise<Stanza> {
    return this.waitFor((stanza) => isError(stanza) && stanza.attrs.id === id, `error for ${id}`, ms);
  }

  async stop(): Promise<void> {
    if (this.entity.status === "online") await this.entity.stop().catch(() => {});
    this.entity.socket?.destroy();
  }

  /** Breaks the connection without a word. */
  cut(): void {
    this.entity.socket?.destroy();
  }
}

/** Whether a stanza is from this full JID, or from any resource of this bare one. */
export function from(stanza: Stanza, jid: string): boolean {
  const sender = stanza.attrs.from ?? "";
  return sender === jid || sender.startsWith(`${jid}/`);
}

export function isError(stanza: Stanza): boolean {
  return stanza.attrs.type === "error";
}

/** XEP-0045 §8.1: a subject and no body. */
export function isSubject(stanza: Stanza): boolean {
  return (
    stanza.is("message") && stanza.getChild("subject") !== undefined && stanza.getChild("body") === undefined
  );
}

/** XEP-0045 §15.6: the presence or message carries this status code. */
export function hasStatus(stanza: Stanza, code: number): boolean {
  return statuses(stanza).includes(code);
}

export function statuses(stanza: Stanza): number[] {
  const x = stanza.getChild("x", MUC_USER);
  return x === undefined ? [] : x.getChildren("status").map((status) => Number(status.attrs.code));
}

/** The condition of an error stanza, and its text. */
export function errorOf(stanza: Stanza): { condition: string; text: string } {
  const error = stanza.getChild("error");
  const names = (error?.children ?? []).map((node) => (typeof node === "string" ? "" : node.name));
  const condition = names.find((name) => name !== "text" && name !== "") ?? "";
  return { condition, text: error?.getChildText("text") ?? "" };
}
