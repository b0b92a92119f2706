import { child, type Element } from "../domain/element.ts";
import type { Envelope } from "../domain/envelope.ts";
import type { Outbound } from "../domain/events.ts";
import { type Jid, parseJid } from "../domain/jid.ts";
import { errorReply } from "../xmpp/codec/errors.ts";
import { bounced } from "./bounces.ts";
import type { Core } from "./core.ts";
import { notJoined } from "./encode-room.ts";
import { handleIq } from "./iq.ts";
import { decodeMessage, envelopeOf } from "./outbound.ts";
import { handlePresence } from "./presence.ts";
import { answerable, reply } from "./reply.ts";

/** What one read of the link leads to, gathered so that it is one write and one journal entry. */
interface Gathered {
  /** When the read came, milliseconds since 1970. */
  readonly at: number;
  readonly replies: Element[];
  readonly envelopes: Envelope<Outbound>[];
  /** The stanza behind each envelope. */
  readonly stanzas: Element[];
}

/** Handles all stanzas of one read of the link. */
export function receive(core: Core, batch: readonly Element[]): void {
  const gathered: Gathered = { at: core.clock.now(), replies: [], envelopes: [], stanzas: [] };
  for (const stanza of batch) {
    try {
      receiveOne(core, stanza, gathered);
    } catch (error) {
      core.log.error(
        { from: stanza.attrs.from, to: stanza.attrs.to, err: String(error) },
        "a stanza could not be handled",
      );
      if (answerable(stanza)) gathered.replies.push(errorReply(stanza, "internal-server-error"));
    }
  }
  reply(core, gathered.replies);
  if (gathered.envelopes.length > 0) void journal(core, gathered);
}

function receiveOne(core: Core, stanza: Element, gathered: Gathered): void {
  const from = parseJid(stanza.attrs.from ?? "");
  if (from === undefined) return;
  if (stanza.attrs.type === "error") {
    bounced(core, from, stanza);
    return;
  }
  // Whoever may not come in (any more) can still go.
  const leaving = stanza.name === "presence" && stanza.attrs.type === "unavailable";
  const refused = leaving ? undefined : refusal(core, from, stanza);
  if (refused !== undefined) {
    if (answerable(stanza)) gathered.replies.push(refused);
    return;
  }
  const target = core.addresses.target(stanza.attrs.to ?? "");
  if (target === undefined) {
    if (answerable(stanza))
      gathered.replies.push(errorReply(stanza, "jid-malformed", "There can be no such address here."));
    return;
  }
  if (stanza.name === "message") receiveMessage(core, from, target, stanza, gathered);
  else if (stanza.name === "presence") {
    const { replies, journal } = handlePresence(core, from, target, stanza);
    gathered.replies.push(...replies);
    for (const body of journal) gather(core, from, body, stanza, gathered);
  } else if (answerable(stanza)) handleIq(core, from, target, stanza);
}

function refusal(core: Core, from: Jid, stanza: Element): Element | undefined {
  if (!core.policy.allowed(from)) {
    return errorReply(stanza, "forbidden", "This gateway does not serve your server. Ask its operator.");
  }
  // Once the stream is closing no answer can go out: what still comes is journalled for the next start.
  if (core.stopping && core.link.online) {
    return errorReply(stanza, "recipient-unavailable", "The gateway is restarting. Try again in a moment.");
  }
  const full = core.sessions.size >= core.settings.sessionsMost && !core.sessions.has(from.bare);
  if (full && stanza.name !== "iq")
    return errorReply(stanza, "resource-constraint", "The gateway is full. Try again later.");
  return undefined;
}

function receiveMessage(
  core: Core,
  from: Jid,
  target: Parameters<typeof decodeMessage>[2],
  stanza: Element,
  gathered: Gathered,
): void {
  if (!answerable(stanza)) return;
  const decoded = decodeMessage(core, from, target, stanza);
  if (decoded === undefined) return;
  if ("refused" in decoded) gathered.replies.push(errorReply(stanza, decoded.refused, decoded.text));
  else gather(core, from, decoded, stanza, gathered);
}

function gather(core: Core, from: Jid, body: Outbound, stanza: Element, gathered: Gathered): void {
  gathered.envelopes.push(envelopeOf(core, from.bare, body, gathered.at));
  gathered.stanzas.push(stanza);
}

/** Accepted is what is durable; what cannot be is refused to its sender (RFC 6120 §8.3.3.18). */
async function journal(core: Core, gathered: Gathered): Promise<void> {
  try {
    await core.engine.append(gathered.envelopes);
  } catch (error) {
    core.log.warn(
      { envelopes: gathered.envelopes.length, err: String(error) },
      "messages of users were refused",
    );
    const text = "The gateway cannot take more messages now. Try again later.";
    reply(
      core,
      gathered.stanzas.filter(answerable).map((stanza) => errorReply(stanza, "resource-constraint", text)),
    );
    for (const [index, envelope] of gathered.envelopes.entries())
      undo(core, envelope, gathered.stanzas[index]);
  }
}

/** A join that was refused changes nothing. */
function undo(core: Core, envelope: Envelope<Outbound>, stanza: Element | undefined): void {
  if (envelope.body.kind !== "join" || stanza === undefined || child(stanza, "x") === undefined) return;
  const from = parseJid(envelope.body.from);
  const view = from && core.rooms.get(from.bare, envelope.body.conversation);
  if (from === undefined || view === undefined) return;
  notJoined(core, view, from.resource);
}
