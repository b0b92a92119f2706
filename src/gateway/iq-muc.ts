import { child, childElements, type Element, text } from "../domain/element.ts";
import { DeliveryError } from "../domain/errors.ts";
import type { Affiliation, Outbound, Role } from "../domain/events.ts";
import { errorReply } from "../xmpp/codec/errors.ts";
import { admit } from "./admission.ts";
import { envelopeOf } from "./outbound.ts";
import type { Answer, Question } from "./question.ts";

const ROLES: readonly string[] = ["moderator", "participant", "visitor", "none"];
const AFFILIATIONS: readonly string[] = ["owner", "admin", "member", "none", "outcast"];
/** Most changes that one request may hold. */
const MOST_ITEMS = 20;

/** XEP-0045 §8 and §9: kick, voice, ban and the rest; answered when the network has done it. */
export async function mucAdmin(question: Question): Promise<Answer> {
  const { core, from, target, payload, iq } = question;
  const { address } = target;
  const items = childElements(payload).filter((node) => node.name === "item");
  if (address?.kind !== "room" || items.length === 0 || items.length > MOST_ITEMS) {
    return { error: errorReply(iq, "bad-request") };
  }
  const view = core.rooms.get(from.bare, address.conversation);
  if (view === undefined || !view.resources.has(from.resource)) {
    return { error: errorReply(iq, "not-acceptable", "You are not in this room.") };
  }
  for (const item of items) {
    const change = changeOf(from.full, address.conversation, item);
    if (change === undefined)
      return { error: errorReply(iq, "bad-request", "Say who (nick) and what (role or affiliation).") };
    await apply(question, change);
  }
  return { result: undefined };
}

function changeOf(from: string, conversation: string, item: Element): Outbound | undefined {
  const { nick, role, affiliation } = item.attrs;
  if (nick === undefined || nick === "") return undefined;
  const reason = text(child(item, "reason"));
  const base = { from, conversation, nick, ...(reason === "" ? {} : { text: reason }) };
  if (role === "none") return { kind: "kick", ...base };
  if (role !== undefined && ROLES.includes(role)) return { kind: "role", ...base, role: role as Role };
  if (affiliation === undefined || !AFFILIATIONS.includes(affiliation)) return undefined;
  return { kind: "affiliation", ...base, affiliation: affiliation as Affiliation };
}

/** Not journalled: whoever asks waits for the answer and can ask again. */
async function apply(question: Question, change: Outbound): Promise<void> {
  const { core, from } = question;
  const [outcome] = await (await admit(core, from.bare)).send([envelopeOf(core, from.bare, change)], 1);
  if (outcome instanceof DeliveryError) throw outcome;
}
