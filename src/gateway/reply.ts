import type { Element } from "../domain/element.ts";
import { LinkFullError, LinkOfflineError } from "../xmpp/link.ts";
import type { Core } from "./core.ts";

/** RFC 6120 §8.3.1 and RFC 6121 §5.2.2: errors, results and headlines are never answered. */
export function answerable(stanza: Element): boolean {
  const { type } = stanza.attrs;
  if (stanza.name === "iq") return type === "get" || type === "set";
  if (stanza.name === "presence") return type === undefined || type === "subscribe";
  return type !== "error" && type !== "headline";
}

/** How often an answer is tried again while the socket is full, and how long apart, milliseconds. */
const TRIES = 50;
const TRY_AGAIN = 200;

/** Sends answers at once; where the link is away, the server has told the asker already. */
export function reply(core: Core, replies: readonly Element[], tries = TRIES): void {
  if (replies.length === 0) return;
  try {
    for (const { text, reason } of core.link.send(replies))
      core.log.error({ reason, text }, "an answer was not fit to send");
  } catch (error) {
    if (error instanceof LinkFullError && tries > 0) {
      core.clock.setTimeout(() => reply(core, replies, tries - 1), TRY_AGAIN);
      return;
    }
    if (!(error instanceof LinkOfflineError || error instanceof LinkFullError)) throw error;
    core.log.info({ answers: replies.length, err: error.message }, "answers could not be sent");
  }
}
