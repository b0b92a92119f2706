/** What every gateway under test is told, and what the cases need of it. */

/** Where the two ends listen, and who will come. */
export interface Ends {
  readonly xmppPort: number;
  readonly ircPort: number;
  readonly domain: string;
  readonly secret: string;
  /** The name of the IRC server in addresses. */
  readonly server: string;
  /** Bare JIDs of the users that will join. */
  readonly users: readonly string[];
  /** A folder of the run's own on a real disk. */
  readonly folder: string;
}

export interface Running {
  readonly pid: number;
  /** Ends the process and resolves when it is gone. */
  stop(): Promise<void>;
}

export interface Gateway {
  readonly name: string;
  /** What is special about its set-up, for the page. */
  readonly setup: string;
  /** Its memory per session is not measured: it carries one user only, or is another's twin. */
  readonly noMemory?: boolean;
  start(ends: Ends): Promise<Running>;
}
