import type { Envelope } from "../domain/envelope.ts";
import { DeliveryError } from "../domain/errors.ts";
import type { Outbound } from "../domain/events.ts";
import type { Outcome } from "../queue/engine.ts";
import type { Core } from "./core.ts";
import { errorEnvelope } from "./follow.ts";
import { envelopeOf } from "./outbound.ts";
import type { RoomView } from "./rooms.ts";

/** The join that takes up a room of the last run. */
export function restoringJoin(core: Core, view: RoomView): Envelope<Outbound> {
  const { user, conversation, nick, password } = view;
  const from = `${user}/${[...view.resources.keys()][0] ?? view.lastClient}`;
  const key = password === undefined ? {} : { password };
  return envelopeOf(core, user, { kind: "join", from, conversation, nick, restore: true, ...key });
}

/**
 * Rejoins a room of the last run before anything else of its lane goes out: what was waiting there
 * was said inside. Undefined where the lane can go on; else what holds it.
 */
export async function rejoinFirst(core: Core, view: RoomView): Promise<Outcome | undefined> {
  const join = restoringJoin(core, view);
  const [result] = await core.sessions.use(view.user).send([join], 1);
  if (result instanceof DeliveryError) {
    if (!result.final || result.condition.startsWith("remote-server-")) {
      // The network is away: the user is still in the room, and it is waited for.
      return { state: "retry", reason: result.message };
    }
    await core.engine.append([errorEnvelope(core, join, result.condition, result.message)]);
  }
  view.rejoin = false;
  return undefined;
}
