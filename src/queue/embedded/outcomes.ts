import type { EngineLog } from "../deps.ts";
import type { Drainer, NewEnvelope, Outcome } from "../engine.ts";
import type { Packed, Settlement } from "./journal.ts";
import type { Entry } from "./lane.ts";
import { pack } from "./packing.ts";

/** What a drainer's answer cannot be, in words; undefined for one that makes sense. */
export function nonsense(outcomes: readonly Outcome[], offered: number): string | undefined {
  if (!Array.isArray(outcomes)) return "the answer is no list";
  if (outcomes.length === 0) return "no outcome for any envelope";
  if (outcomes.length > offered) return `${outcomes.length} outcomes for ${offered} envelopes`;
  for (const [index, outcome] of outcomes.entries()) {
    const state: unknown = outcome?.state;
    if (state === "done" || state === "failed") continue;
    if (state !== "retry" && state !== "hold") return `outcome ${index} has no known state`;
    if (index < outcomes.length - 1) return `outcomes after a ${state}`;
  }
  return undefined;
}

/** The endings at the front of a drain's outcomes. */
export function settlementOf(
  entries: readonly Entry[],
  outcomes: readonly Outcome[],
  log: EngineLog,
): Settlement {
  const dead: Settlement["dead"][number][] = [];
  const follow: Packed[] = [];
  let ended = 0;
  for (const outcome of outcomes) {
    if (outcome.state !== "done" && outcome.state !== "failed") break;
    const entry = entries[ended];
    ended += 1;
    if (outcome.follow !== undefined) packAll(outcome.follow, follow, log);
    if (outcome.state === "failed" && entry !== undefined) {
      dead.push({ entry, state: "failed", reason: outcome.reason });
    }
  }
  return { entries: ended === entries.length ? entries : entries.slice(0, ended), dead, follow };
}

/** The ending of envelopes whose deadline passed. */
export function expiryOf(entries: readonly Entry[], drainer: Drainer, log: EngineLog): Settlement {
  const follow: Packed[] = [];
  const dead = entries.map((entry) => {
    packAll(expireOne(entry, drainer, log), follow, log);
    return { entry, state: "expired" as const, reason: "its deadline passed" };
  });
  return { entries, dead, follow };
}

function expireOne({ envelope }: Entry, drainer: Drainer, log: EngineLog): readonly NewEnvelope[] {
  try {
    return drainer.expire(envelope);
  } catch (error) {
    log.error(
      { id: envelope.id, lane: envelope.lane, reason: String(error) },
      "what follows an expiry could not be made",
    );
    return [];
  }
}

/** What cannot be packed must not keep its cause from ending: it would be delivered again and again. */
function packAll(follow: readonly NewEnvelope[], into: Packed[], log: EngineLog): void {
  for (const envelope of follow) {
    try {
      into.push({ envelope, data: pack(envelope) });
    } catch (error) {
      log.error(
        { id: envelope?.id, lane: envelope?.lane, reason: String(error) },
        "what follows an ending is not JSON",
      );
    }
  }
}
