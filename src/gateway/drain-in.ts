import type { Element } from "../domain/element.ts";
import { type Envelope, parseLaneKey } from "../domain/envelope.ts";
import type { Delivery } from "../domain/events.ts";
import type { Outcome } from "../queue/engine.ts";
import { LinkFullError, LinkOfflineError, type Refused } from "../xmpp/link.ts";
import type { Core } from "./core.ts";
import { encode, settleError } from "./encode.ts";
import { settleRoomEvent, undoRoomEvent } from "./encode-room.ts";
import type { RoomView } from "./rooms.ts";

const DONE: Outcome = { state: "done" };
const HOLD: Outcome = { state: "hold", reason: "the XMPP server is away" };
/** How long to wait when the socket holds too much, milliseconds. */
const SOCKET_FULL_WAIT = 50;

/** Lane → XMPP: encodes a batch, writes it at once, and waits for the server's barrier. */
export async function drainIn(
  core: Core,
  lane: string,
  batch: readonly Envelope[],
): Promise<readonly Outcome[]> {
  if (!core.ready) return [HOLD];
  const { user, conversation } = parseLaneKey(lane);
  const view = core.rooms.get(user, conversation);
  const stanzas: Element[] = [];
  const owners: number[] = [];
  const encoding = { core, user, view, now: core.clock.now(), into: stanzas };
  for (let index = 0; index < batch.length; index++) {
    encode(encoding, batch[index] as Envelope<Delivery>);
    while (owners.length < stanzas.length) owners.push(index);
  }
  const refused = send(core, stanzas);
  if ("state" in refused) {
    if (view !== undefined) settle(core, view, batch, false);
    return [refused];
  }
  const passed = stanzas.length === 0 || (await passedBarrier(core));
  if (view !== undefined) settle(core, view, batch, passed);
  return passed ? outcomes(core, batch, refused, owners) : [HOLD];
}

function send(core: Core, stanzas: readonly Element[]): readonly Refused[] | Outcome {
  if (stanzas.length === 0) return [];
  try {
    return core.link.send(stanzas);
  } catch (error) {
    if (error instanceof LinkFullError)
      return { state: "retry", reason: error.message, after: SOCKET_FULL_WAIT };
    if (error instanceof LinkOfflineError) return HOLD;
    throw error;
  }
}

async function passedBarrier(core: Core): Promise<boolean> {
  try {
    await core.link.barrier();
    return true;
  } catch {
    return false;
  }
}

/**
 * The user's clients have everything up to here. A bounce comes before the barrier's answer: where
 * it showed that no client is left, the messages wait in the archive for the next one.
 */
function settle(core: Core, view: RoomView, batch: readonly Envelope[], passed: boolean): void {
  let reached: number | undefined;
  for (const envelope of batch) {
    const body = envelope.body as Delivery;
    if (body.kind === "event" && body.event.kind !== "message") {
      if (passed) settleRoomEvent(core, view, body.event);
      else undoRoomEvent(view, body.event);
    }
    if (body.kind === "error" && passed) settleError(core, view, body.of);
    if (body.kind === "event" || body.kind === "reflection") reached = body.sequence ?? reached;
  }
  if (passed && reached !== undefined) advance(core, view, reached);
}

/** Only who is in was sent it: a client that is joining gets what is before its roster as history. */
function advance(core: Core, view: RoomView, reached: number): void {
  let someone = false;
  for (const presence of view.resources.values()) {
    if (presence.state !== "in") continue;
    presence.seen = reached;
    someone = true;
  }
  if (!someone) return;
  const { user, conversation } = view;
  core.store.occupancies.setMark({ component: core.domain, user, conversation }, reached);
}

function outcomes(
  core: Core,
  batch: readonly Envelope[],
  refused: readonly Refused[],
  owners: readonly number[],
): Outcome[] {
  const all = new Array<Outcome>(batch.length).fill(DONE);
  for (const { index, reason, text } of refused) {
    const owner = owners[index] ?? 0;
    all[owner] = { state: "failed", reason: `${reason}: ${text}` };
    core.log.error(
      { envelope: batch[owner]?.id, lane: batch[owner]?.lane, reason, text },
      "a stanza was not fit to send",
    );
  }
  return all;
}
