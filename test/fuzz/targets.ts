import { addresses, linesIn, linesOut } from "./irc.ts";
import { configs, envelopes } from "./own.ts";
import type { Target } from "./target.ts";
import { escapes, jids, rsm, stanzas } from "./xmpp.ts";

/** Every parser of what others wrote. */
export const TARGETS: readonly Target[] = [
  stanzas,
  jids,
  escapes,
  rsm,
  linesIn,
  linesOut,
  addresses,
  configs,
  envelopes,
];
