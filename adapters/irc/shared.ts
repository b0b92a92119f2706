import type { Clock, Logger } from "../../src/adapter.ts";
import type { Addressing } from "./address.ts";
import type { IrcOptions } from "./config.ts";

/** What all sessions of one component share. */
export interface Shared {
  /** The component's domain. */
  readonly domain: string;
  readonly options: IrcOptions;
  readonly addressing: Addressing;
  readonly clock: Clock;
  readonly random: () => number;
  readonly log: Logger;
}
