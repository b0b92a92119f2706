import type { Session } from "../adapter.ts";
import { DeliveryError } from "../domain/errors.ts";
import type { Core } from "./core.ts";

/** Whether a user, by bare JID, may use the gateway now. */
export function isAllowed(core: Core, user: string): boolean {
  return core.policy.allowed({ bare: user, domain: user.slice(user.indexOf("@") + 1) });
}

/**
 * The user's session, opened where there is none.
 *
 * @throws DeliveryError for whom none is opened: those not served, contacts of other gateways, too many
 */
export async function admit(core: Core, user: string): Promise<Session> {
  if (!isAllowed(core, user)) throw refused("forbidden", "This gateway does not serve you any more.");
  const { sessions } = core;
  if (sessions.has(user)) return sessions.use(user);
  if (sessions.size >= core.settings.sessionsMost) {
    throw refused("resource-constraint", "The gateway is full. Try again later.");
  }
  const domain = user.slice(user.indexOf("@") + 1);
  if (await core.peers.isGateway(core.link, domain)) {
    throw refused("forbidden", "This gateway does not serve the contacts of other gateways.");
  }
  return sessions.use(user);
}

function refused(condition: DeliveryError["condition"], text: string): DeliveryError {
  return new DeliveryError("permanent", text, { condition });
}
