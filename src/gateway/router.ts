import type { Envelope } from "../domain/envelope.ts";
import type { Drainer, NewEnvelope, Outcome } from "../queue/engine.ts";
import type { Gateway } from "./gateway.ts";

/** How long the lanes of a component that is not configured now are left alone, milliseconds. */
const ABSENT_WAIT = 60_000;

/** One drainer for all components: a lane's key names its component. */
export function createRouter(gateways: ReadonlyMap<string, Gateway>): Drainer {
  const gatewayOf = (lane: string) => gateways.get(lane.split(" ", 2)[1] ?? "");
  return {
    drain(lane: string, batch: readonly Envelope[], attempt: number): Promise<readonly Outcome[]> {
      const gateway = gatewayOf(lane);
      if (gateway !== undefined) return gateway.drain(lane, batch, attempt);
      const reason = "its component is not in the config";
      return Promise.resolve([{ state: "retry", reason, after: ABSENT_WAIT }]);
    },
    expire(envelope: Envelope): readonly NewEnvelope[] {
      return gatewayOf(envelope.lane)?.expire(envelope) ?? [];
    },
  };
}
