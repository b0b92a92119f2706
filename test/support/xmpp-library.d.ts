/** What the tests use of @xmpp/client, which has no types of its own. */
declare module "@xmpp/client" {
  import type { EventEmitter } from "node:events";
  import type { Socket } from "node:net";

  export interface Stanza {
    name: string;
    attrs: Record<string, string | undefined>;
    children: (Stanza | string)[];
    is(name: string, xmlns?: string): boolean;
    getChild(name: string, xmlns?: string): Stanza | undefined;
    getChildren(name: string, xmlns?: string): Stanza[];
    getChildText(name: string, xmlns?: string): string | null;
    getNS(): string | undefined;
    text(): string;
    toString(): string;
  }

  export interface ClientEntity extends EventEmitter {
    socket: Socket | null;
    jid: { toString(): string } | null;
    status: string;
    timeout: number;
    reconnect: { stop(): void };
    iqCaller: { request(stanza: Stanza, timeout?: number): Promise<Stanza> };
    connect(service: string): Promise<unknown>;
    open(options: { domain: string }): Promise<unknown>;
    stop(): Promise<unknown>;
    send(stanza: Stanza): Promise<void>;
  }

  export function client(options: {
    service: string;
    domain: string;
    resource?: string;
    username: string;
    password: string;
  }): ClientEntity;

  export function xml(
    name: string,
    attrs?: Record<string, string | undefined> | null,
    ...children: (Stanza | string | undefined)[]
  ): Stanza;
}
