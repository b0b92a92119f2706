import { adapter } from "../../adapters/irc/index.ts";
import type { Adapter, SendOutcome, Session } from "../../src/adapter.ts";
import { DeliveryError } from "../../src/domain/errors.ts";
import type { Outbound } from "../../src/domain/events.ts";
import { adapterContext, envelope, joining, RecordingHost } from "../support/host.ts";

/** The name in addresses of the server that a test runs. */
export const SERVER = "irc.test";

export interface Place {
  readonly host: string;
  readonly port: number;
}

/** The adapter, led to a real server on loopback. */
export function ircAdapter(place: Place, more: object = {}, server: object = {}): Adapter {
  const servers = { [SERVER]: { host: place.host, port: place.port, tls: false, flood: "off", ...server } };
  return adapter.create({ servers, ...more }, adapterContext());
}

/** One user of the gateway, as core drives it. */
export class User {
  readonly host = new RecordingHost();
  readonly session: Session;
  readonly jid: string;

  constructor(adapter: Adapter, name: string) {
    this.jid = `${name}@example.org/test`;
    const registration = { user: `${name}@example.org`, component: "net.example.org", fields: {} };
    this.session = adapter.open(registration, this.host);
    this.session.connect();
  }

  /** Does one thing; its outcome. */
  async does(body: Outbound): Promise<SendOutcome> {
    const [outcome] = await this.session.send([envelope(body)], 1);
    if (outcome === undefined) throw new Error("send gave no outcome");
    return outcome;
  }

  joins(conversation: string, nick: string, password?: string): Promise<SendOutcome> {
    const { body } = joining(conversation, nick, { from: this.jid, password });
    return this.does(body);
  }

  says(conversation: string, text: string, more: object = {}): Promise<SendOutcome> {
    const from = this.jid;
    return this.does({
      kind: "message",
      from,
      conversation,
      text,
      manner: "plain",
      groupchat: true,
      ...more,
    });
  }

  leaves(conversation: string): Promise<SendOutcome> {
    return this.does({ kind: "leave", from: this.jid, conversation });
  }

  close(): Promise<void> {
    return this.session.close("bye", 2_000);
  }
}

/** The error that something ended with, as core would tell it. */
export function errorOf(outcome: SendOutcome): {
  condition: string;
  final: boolean;
  text: string;
  code?: string;
} {
  if (!(outcome instanceof DeliveryError)) throw new Error(`no error: ${JSON.stringify(outcome)}`);
  const { condition, final, message, code } = outcome;
  return { condition, final, text: message, code };
}
