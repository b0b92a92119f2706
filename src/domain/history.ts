/** Bounds of a room's history (XEP-0045 §7.2.13). */

/** Messages that a joining client gets that asked for nothing. */
export const HISTORY_DEFAULT = 50;
/** Most messages of one answer, and most that are looked at for it. */
export const HISTORY_MOST = 1_000;
/**
 * What a stanza has around its text, in characters: `maxchars` counts whole stanzas (§7.2.13). A message
 * with delay and stanza-id in a room with a name of usual length.
 */
export const HISTORY_OVERHEAD = 400;

/** How many messages a request may get; whoever names a beginning wants what came after it. */
export function historyCount(request: {
  readonly maxMessages?: number;
  readonly since?: number;
  readonly after?: number;
}): number {
  const open = request.since !== undefined || request.after !== undefined;
  const asked = request.maxMessages ?? (open ? HISTORY_MOST : HISTORY_DEFAULT);
  return Number.isNaN(asked) ? 0 : Math.min(Math.max(Math.floor(asked), 0), HISTORY_MOST);
}

/** The longest beginning of `newestFirst` whose stanzas have at most `maxChars` characters. */
export function withinChars<Message extends { readonly nick: string; readonly text: string }>(
  newestFirst: readonly Message[],
  maxChars: number | undefined,
): readonly Message[] {
  if (maxChars === undefined) return newestFirst;
  let left = maxChars;
  const end = newestFirst.findIndex((message) => {
    left -= HISTORY_OVERHEAD + message.nick.length + message.text.length;
    return left < 0;
  });
  return end < 0 ? newestFirst : newestFirst.slice(0, end);
}
