/** The parts of irc-framework 4.14 that are used; it has no types of its own. */
declare module "irc-framework" {
  export interface FrameworkTransport {
    on(event: string, listener: (...args: unknown[]) => void): void;
    removeAllListeners(): void;
    setEncoding(encoding: string): boolean;
    connect(): void;
    writeLine(line: string): void;
    close(force?: boolean): void;
    disposeSocket(): void;
  }

  export interface Command {
    readonly command: string;
    params: string[];
    readonly tags: Record<string, string>;
    readonly prefix: string;
    readonly nick: string;
    readonly ident: string;
    readonly hostname: string;
  }

  export type CommandFunction = (command: Command, handler: CommandHandler) => void;

  export interface CommandHandler {
    handlers: Record<string, CommandFunction>;
    _caches: Record<string, unknown>;
    readonly client: Client;
    readonly network: Network;
    readonly connection: FrameworkConnection;
    emit(name: string, event?: unknown): boolean;
    on(name: "all", listener: (name: string, event?: unknown) => void, context?: unknown): this;
    resetCache(): void;
    removeAllListeners(name?: string): this;
  }

  export interface FrameworkConnection {
    readonly options: ClientOptions;
    write(line: string): void;
    addReadBuffer(line: string): void;
    removeAllListeners(name?: string): this;
  }

  export interface Network {
    options: Record<string, unknown>;
    readonly cap: {
      negotiating: boolean;
      requested: string[];
      enabled: string[];
      available: Map<string, string>;
    };
  }

  export interface ClientOptions {
    nick: string;
    username: string;
    gecos: string;
    password?: string;
    account?: { account?: string; password?: string };
    sasl_mechanism?: string;
    auto_reconnect: boolean;
    ping_interval: number;
    ping_timeout: number;
    enable_chghost: boolean;
    transport: new (options: ClientOptions) => FrameworkTransport;
    /** Ours: where the transport writes. */
    wire: { write(line: string): void };
  }

  export class Client {
    constructor();
    readonly command_handler: CommandHandler;
    readonly connection: FrameworkConnection;
    readonly network: Network;
    connect(options: ClientOptions): void;
    removeAllListeners(name?: string): this;
  }
}
