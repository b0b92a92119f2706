/** Where a lane leads: `out` towards the network, `in` towards XMPP. */
export type Direction = "out" | "in";

/** The parts of a lane's name. Conversation is the far side's canonical localpart, `-` for the gateway itself. */
export interface LaneName {
  readonly direction: Direction;
  readonly component: string;
  readonly user: string;
  readonly conversation: string;
}

/** A lane's key. None of its parts can hold a space: all of them are parts of prepared JIDs (RFC 7622 §3.3). */
export function laneKey(direction: Direction, component: string, user: string, conversation: string): string {
  return `${direction} ${component} ${user} ${conversation}`;
}

/** The opposite of {@link laneKey}. Throws on what laneKey cannot have made. */
export function parseLaneKey(key: string): LaneName {
  const [direction, component, user, conversation, ...rest] = key.split(" ");
  if (
    (direction !== "out" && direction !== "in") ||
    component === undefined ||
    user === undefined ||
    conversation === undefined ||
    rest.length > 0
  ) {
    throw new Error(`not a lane key: ${key}`);
  }
  return { direction, component, user, conversation };
}

/** One thing to deliver. The engine never looks into `body`, which has to survive JSON. */
export interface Envelope<Body = unknown> {
  /** Unique for all time: the idempotency key towards the network. */
  readonly id: string;
  readonly lane: string;
  /** When it was accepted, milliseconds since 1970. */
  readonly at: number;
  /** When it expires, milliseconds since 1970. */
  readonly deadline: number;
  /** Where the far side has an id of its own: what arrives again under the same key is dropped. */
  readonly dedupe?: string;
  readonly body: Body;
}
