/** The first wait before connecting again, and the longest, milliseconds. */
export const RETRY_FIRST = 4_000;
export const RETRY_MOST = 300_000;
/** The first wait where the server said that we come too fast. */
export const RETRY_THROTTLED = 60_000;

/**
 * How long to wait before the next attempt: doubled each time, half of it by chance, so that users
 * dropped together do not come back together. `attempt` counts from 0.
 */
export function retryDelay(attempt: number, throttled: boolean, random: () => number): number {
  const first = throttled ? RETRY_THROTTLED : RETRY_FIRST;
  const longest = Math.min(RETRY_MOST, first * 2 ** Math.min(attempt, 16));
  return Math.round(longest * (0.5 + random() / 2));
}
