import { createHash } from "node:crypto";
import { prepareResource } from "../../domain/prep.ts";

const ASCII = /^[\x20-\x7e]*$/;

/**
 * The nick by which an occupant is known in the room's JIDs. A server compares prepared resources: one
 * that becomes another name when it is prepared would speak as whoever has that name. It gets a mark of its own.
 */
export function occupantName(nick: string): string {
  if (ASCII.test(nick)) return nick;
  const prepared = prepareResource(nick);
  if (prepared === nick) return nick;
  const mark = createHash("sha256").update(nick).digest("hex").slice(0, 6);
  return `${prepared ?? "?"}~${mark}`;
}

/** An occupant's JID in a room. */
export function occupantJid(room: string, nick: string): string {
  return `${room}/${occupantName(nick)}`;
}
