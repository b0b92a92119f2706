/** What is used of @xmpp/component 0.13, which has no types of its own. */
declare module "@xmpp/component" {
  import type { EventEmitter } from "node:events";

  /** An ltx element: what the library's own handshake and errors are read from. */
  export interface LibraryElement {
    append(child: LibraryElement | string): unknown;
  }

  export interface Entity extends EventEmitter {
    /** How long it waits for an answer, milliseconds. */
    timeout: number;
    /** Made with `new` for each connection. */
    Socket: unknown;
    Parser: unknown;
    socketParameters: (service: string) => { host: string; port: number };
    _onData: (data: string) => void;
    readonly reconnect: { stop(): void };
    connect(service: string): Promise<unknown>;
    open(options: { domain: string; timeout: number }): Promise<unknown>;
  }

  export function component(options: { service: string; domain: string; password: string }): Entity;
  export const xml: { Element: new (name: string, attrs: Record<string, string>) => LibraryElement };
}
