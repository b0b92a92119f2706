import type { Element } from "../domain/element.ts";
import type { Jid } from "../domain/jid.ts";
import { conditionOf } from "../xmpp/codec/errors.ts";
import type { Core } from "./core.ts";
import { forgetClient } from "./encode-room.ts";

/** Conditions after which a client is not there any more (XEP-0045 §18.4 and its lessons). */
const GONE: ReadonlySet<string> = new Set([
  "gone",
  "item-not-found",
  "jid-malformed",
  "recipient-unavailable",
  "remote-server-not-found",
  "remote-server-timeout",
  "service-unavailable",
]);

/**
 * A stanza of ours came back. From a room, it means that this client has vanished; when it was the
 * user's last, the room waits for the next one. Errors are never answered.
 */
export function bounced(core: Core, from: Jid, stanza: Element): void {
  const target = core.addresses.target(stanza.attrs.to ?? "");
  const condition = conditionOf(stanza);
  if (target?.address?.kind !== "room" || stanza.name !== "message" || !GONE.has(condition ?? "")) {
    core.log.debug({ from: from.full, to: stanza.attrs.to, condition }, "a stanza came back");
    return;
  }
  const view = core.rooms.get(from.bare, target.address.conversation);
  if (view === undefined || !view.resources.has(from.resource)) return;
  if (view.resources.size > 1) {
    forgetClient(core, view, from.resource);
    return;
  }
  // The last one: its occupancy stays in the store, so that a restart waits for it, too.
  view.resources.delete(from.resource);
  core.rooms.detach(view, from.resource, core.clock.now());
  core.log.info(
    { user: from.bare, room: view.jid },
    "the user's last client in a room vanished; the room waits",
  );
}
