/** Bounds of the embedded engine that nobody needs to configure; a test shows each of them hold. */

/** Most envelopes of one lane kept in memory; the others are read back from disk in batches. */
export const laneResident = 8_192;
/** Most characters of packed envelopes kept in memory, all lanes together. */
export const residentChars = 32 * 1024 * 1024;
/** How many envelopes a lane may load while memory is over that bound. */
export const loadLeast = 16;
/** Most keys in the ledger; the oldest go first, whatever their age. */
export const ledgerMost = 5_000_000;
/** How often the engine looks after itself, milliseconds. */
export const tickEvery = 1_000;
/** Ticks from one pruning to the next, and most rows of a table that one pruning removes. */
export const pruneTicks = 60;
export const pruneRows = 2_000;
/** New keys in the ledger from one pruning to the next: fewer than it removes, so that it keeps up. */
export const pruneKeys = 1_000;
/** Longest that a timer is set for, milliseconds: setTimeout overflows at 2^31. */
export const timerMost = 3_600_000;
/** How long a lane waits after the disk did not take the record of an attempt, milliseconds. */
export const storagePause = 1_000;
