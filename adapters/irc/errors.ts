import type { Condition, FailureKind } from "../../src/domain/errors.ts";
import { DeliveryError } from "../../src/domain/errors.ts";

/** What an error numeric means: `{}` in the sentence is its subject (a nick, a channel). */
interface Meaning {
  readonly condition: Condition;
  readonly sentence: string;
  readonly kind?: FailureKind;
}

const meaning = (condition: Condition, sentence: string, kind?: FailureKind): Meaning => ({
  condition,
  sentence,
  kind,
});

/**
 * The one table of error numerics (RFC 2812 §5.2 and what servers have added). The conditions of a
 * failed join are those of XEP-0045 §7.2.
 */
const MEANINGS: ReadonlyMap<string, Meaning> = new Map([
  ["401", meaning("item-not-found", "There is nobody called {} on the server.")],
  ["402", meaning("item-not-found", "There is no server {}.")],
  ["403", meaning("item-not-found", "There is no channel {} on the server.")],
  ["404", meaning("forbidden", "{} did not take the message: you may not speak there.")],
  ["405", meaning("not-allowed", "You are in too many channels of this server: leave one first.")],
  ["407", meaning("not-acceptable", "The server found {} ambiguous.")],
  ["411", meaning("bad-request", "The message has no recipient.")],
  ["412", meaning("bad-request", "The message has no text.")],
  ["413", meaning("policy-violation", "{} is too wide a target.")],
  ["414", meaning("policy-violation", "{} is too wide a target.")],
  ["415", meaning("policy-violation", "{} is not a target the server takes.")],
  ["417", meaning("not-acceptable", "The line was too long for the server.")],
  ["421", meaning("feature-not-implemented", "The server does not know the command {}.", "unsupported")],
  ["431", meaning("jid-malformed", "A nick is needed.")],
  ["432", meaning("jid-malformed", "{} is not a nick the server allows.")],
  ["433", meaning("conflict", "The nick {} is taken.")],
  ["435", meaning("not-allowed", "The nick cannot be changed while you are banned in a channel.")],
  ["436", meaning("conflict", "The nick {} is taken.")],
  ["437", meaning("resource-constraint", "{} is not available for the moment.")],
  ["438", meaning("policy-violation", "You change nicks too fast: wait a little.")],
  ["439", meaning("policy-violation", "You write to new people too fast: wait a little.")],
  ["441", meaning("item-not-found", "{} is not in the channel.")],
  ["442", meaning("not-acceptable", "You are not in {}.")],
  ["443", meaning("conflict", "{} is in the channel already.")],
  ["447", meaning("not-allowed", "The nick cannot be changed in one of your channels.")],
  ["461", meaning("bad-request", "The server needs more for the command {}.")],
  ["467", meaning("conflict", "{} has a key already.")],
  ["470", meaning("gone", "{} sends everyone on to another channel.")],
  ["471", meaning("service-unavailable", "{} is full.")],
  ["472", meaning("feature-not-implemented", "The server does not know the mode {}.", "unsupported")],
  ["473", meaning("registration-required", "{} is for invited people only.")],
  ["474", meaning("forbidden", "You are banned from {}.")],
  ["475", meaning("not-authorized", "{} needs its key (password), and this one is missing or wrong.")],
  ["476", meaning("jid-malformed", "{} is not a name for a channel.")],
  ["477", meaning("registration-required", "{} is for people with an account on this IRC network.")],
  ["478", meaning("resource-constraint", "The list of bans of {} is full.")],
  ["479", meaning("jid-malformed", "{} is not a name for a channel.")],
  ["480", meaning("policy-violation", "{} lets nobody in for the moment: try again later.")],
  ["481", meaning("forbidden", "Only the server's operators may do that.")],
  ["482", meaning("forbidden", "Only operators of {} may do that.")],
  ["484", meaning("forbidden", "{} may not be touched.")],
  ["485", meaning("forbidden", "Only the founder of {} may do that.")],
  ["486", meaning("registration-required", "{} hears only people with an account on this IRC network.")],
  ["488", meaning("policy-violation", "{} hears only people on encrypted connections.")],
  ["489", meaning("policy-violation", "{} is for people on encrypted connections only.")],
  ["492", meaning("policy-violation", "{} does not take that kind of message.")],
  ["494", meaning("policy-violation", "{} does not hear those whom you do not let answer.")],
  ["495", meaning("policy-violation", "You were thrown out of {}: wait a little.")],
  ["500", meaning("policy-violation", "Too many people join {} at once: try again later.")],
  ["520", meaning("not-allowed", "{} is for the server's operators only.")],
  ["531", meaning("policy-violation", "{} does not take messages from you.")],
  ["716", meaning("policy-violation", "{} takes messages only from people of their choice.")],
  ["742", meaning("forbidden", "{} has that mode locked.")],
]);

/** irc-framework's words for the numerics that it does not hand on as such. */
const CODES: ReadonlyMap<string, string> = new Map([
  ["no_such_nick", "401"],
  ["no_such_server", "402"],
  ["cannot_send_to_channel", "404"],
  ["too_many_channels", "405"],
  ["unknown_command", "421"],
  ["user_not_in_channel", "441"],
  ["not_on_channel", "442"],
  ["user_on_channel", "443"],
  ["channel_is_full", "471"],
  ["invite_only_channel", "473"],
  ["banned_from_channel", "474"],
  ["bad_channel_key", "475"],
  ["chanop_privs_needed", "482"],
  ["cannot_send_to_user", "531"],
]);

/** 4xx and 5xx that are no failure of anything that was asked for. */
const HARMLESS: ReadonlySet<string> = new Set(["406", "422", "423", "425", "451", "464", "465"]);
const MAX_WORDS = 200;

/** An error numeric, or a FAIL (IRCv3 standard replies), as the server sent it. */
export interface IrcFailure {
  readonly code: string;
  /** What it is about: channels and nicks among its arguments, the most telling one first. */
  readonly subjects: readonly string[];
  /** The server's own words. */
  readonly words: string;
}

/** Finds the error in one of irc-framework's events; undefined where it is none. */
export function failureOf(name: string, event: Record<string, unknown>): IrcFailure | undefined {
  switch (name) {
    case "irc error":
      return named(event);
    case "nick in use":
      return failure("433", [event.nick], event.reason);
    case "nick invalid":
      return failure("432", [event.nick], event.reason);
    case "channel_redirect":
      return failure("470", [event.from, event.to], "");
    case "unknown command":
      return numeric(event);
    default:
      return undefined;
  }
}

function named(event: Record<string, unknown>): IrcFailure | undefined {
  const code = typeof event.error === "string" ? CODES.get(event.error) : undefined;
  if (code === undefined) return undefined;
  // irc-framework's nick of a 441 is our own: its channel is what can be relied on.
  const nick = code === "441" ? undefined : event.nick;
  return failure(code, [nick ?? event.channel, event.channel, event.server, event.command], event.reason);
}

function numeric(event: Record<string, unknown>): IrcFailure | undefined {
  const { command, params } = event;
  if (typeof command !== "string" || !Array.isArray(params)) return undefined;
  if (command === "FAIL") return failure("FAIL", params.slice(0, -1), params.at(-1));
  const error = (/^[45]\d\d$/.test(command) && !HARMLESS.has(command)) || MEANINGS.has(command);
  return error ? failure(command, params.slice(1, -1), params.at(-1)) : undefined;
}

function failure(code: string, subjects: readonly unknown[], words: unknown): IrcFailure {
  return {
    code,
    subjects: subjects.filter((subject) => typeof subject === "string"),
    words: typeof words === "string" ? words.slice(0, MAX_WORDS) : "",
  };
}

/** The failure as the error that ends an envelope. `subject` is what to name where the server named nothing. */
export function toError(found: IrcFailure, subject: string): DeliveryError {
  const known = MEANINGS.get(found.code);
  if (known === undefined) {
    const words = found.words === "" ? "it gave no reason" : found.words;
    return new DeliveryError("permanent", `The IRC server refused: ${words}`, {
      condition: "not-acceptable",
      code: found.code,
    });
  }
  const sentence = known.sentence.replace("{}", () => found.subjects[0] ?? subject);
  return new DeliveryError(known.kind ?? "permanent", sentence, {
    condition: known.condition,
    code: found.code,
  });
}

/** Holds the lane until the connection is back. */
export function notConnected(server: string): DeliveryError {
  return new DeliveryError("temporary", `There is no connection to ${server} at the moment.`);
}

/** What the connection broke off under: it may have arrived. */
export function brokenOff(server: string, cause: unknown): DeliveryError {
  return new DeliveryError("ambiguous", `The connection to ${server} was lost before the server confirmed.`, {
    cause,
  });
}
