import type { SendOutcome, Sent } from "../../src/adapter.ts";
import type { Envelope } from "../../src/domain/envelope.ts";
import { DeliveryError } from "../../src/domain/errors.ts";
import type { Outbound, OutboundMessage } from "../../src/domain/events.ts";
import { brokenOff, toError } from "./errors.ts";
import type { Exchange } from "./exchange.ts";
import { toIrc } from "./format.ts";
import type { ServerSession } from "./server-session.ts";
import { splitMessage, splitText } from "./split.ts";

/** After an error a target's messages go one at a time for so many, so that an error's owner is certain. */
export const CAREFUL_FOR = 16;
const ACTION = "\x01ACTION ";
/** Bytes that an ACTION takes besides its text. */
const ACTION_BYTES = ACTION.length + 1;

/**
 * Writes a first part of a batch of messages to one target, as much as the flood control lets out
 * at once, and takes the PONG behind them as the server's word that it has them: what it did not
 * want it has said before that.
 */
export async function sendMessages(
  session: ServerSession,
  target: string,
  batch: readonly Envelope<Outbound>[],
): Promise<readonly SendOutcome[]> {
  const { connection } = session;
  if (connection.allowance() < 1) await connection.turn();
  const folded = connection.fold(target);
  const exchange = session.exchanges.begin(folded);
  try {
    const written = writeMessages(session, target, batch, session.careful.get(folded) === undefined);
    await connection.ping();
    return outcomes(session, folded, exchange, written);
  } catch (error) {
    return [
      error instanceof DeliveryError && !connection.registered
        ? brokenOff(session.server, error)
        : failed(error),
    ];
  } finally {
    session.exchanges.end(exchange);
  }
}

/** What one message became on the wire. */
interface Written {
  readonly lines: number;
  /** Its texts as others see them; undefined where it is one line as it was. */
  readonly parts: readonly string[] | undefined;
}

/** Writes whole messages; returns what each became. */
function writeMessages(
  session: ServerSession,
  target: string,
  batch: readonly Envelope<Outbound>[],
  many: boolean,
): Written[] {
  const allowed = session.connection.allowance();
  // One line stays for the PING behind them.
  let left = allowed - 1;
  const written: Written[] = [];
  for (const { body } of batch) {
    if (body.kind !== "message") break;
    const parts = partsOf(session, target, body);
    const lines = linesOf(body, parts);
    if (written.length > 0 && (!many || lines.length > left)) break;
    const command = commandOf(body);
    for (const line of lines) session.connection.command(command, target, line);
    left -= lines.length;
    written.push({ lines: lines.length, parts: parts.length > 1 ? parts : undefined });
  }
  return written;
}

function commandOf(message: OutboundMessage): "PRIVMSG" | "NOTICE" {
  return message.manner === "notice" ? "NOTICE" : "PRIVMSG";
}

/** The texts that a message becomes, one for each line; none where it has no text. */
export function partsOf(session: ServerSession, target: string, message: OutboundMessage): string[] {
  const text = toIrc(message.text);
  const action = message.manner === "action" ? ACTION_BYTES : 0;
  const room = session.connection.room(commandOf(message), target) - action;
  const short = text.length * 3 <= room && text !== "" && !text.includes("\n");
  return short ? [text] : splitMessage(text).flatMap((line) => splitText(line, room));
}

function linesOf(message: OutboundMessage, parts: string[]): string[] {
  return message.manner === "action" ? parts.map((part) => `${ACTION}${part}\x01`) : parts;
}

function outcomes(
  session: ServerSession,
  folded: string,
  exchange: Exchange,
  written: readonly Written[],
): SendOutcome[] {
  const sent: Sent = { evidence: `PONG from ${session.server}`, nick: session.connection.nick };
  const all: SendOutcome[] = written.map(({ lines, parts }) => {
    if (lines === 0) return empty();
    return parts === undefined ? sent : { ...sent, parts };
  });
  if (exchange.failures.length > 0) {
    session.careful.set(folded, CAREFUL_FOR);
    blame(
      exchange,
      written.map(({ lines }) => lines),
      all,
      folded,
    );
  } else lessCareful(session, folded);
  return all;
}

function empty(): DeliveryError {
  return new DeliveryError("permanent", "The message has no text.", { condition: "bad-request" });
}

/**
 * An error says which target it is about, not which line. Each line has one at most: with as many errors as lines
 * all have failed; with fewer, the last ones where we were silenced meanwhile, else the first.
 */
function blame(exchange: Exchange, lines: readonly number[], all: SendOutcome[], subject: string): void {
  let index = exchange.silenced ? lines.length - 1 : 0;
  const step = exchange.silenced ? -1 : 1;
  let used = 0;
  for (const failure of exchange.failures) {
    while (used >= (lines[index] ?? Number.POSITIVE_INFINITY)) {
      index += step;
      used = 0;
    }
    if (lines[index] === undefined) return;
    all[index] = toError(failure, subject);
    used++;
  }
}

function lessCareful(session: ServerSession, folded: string): void {
  const still = session.careful.get(folded);
  if (still === undefined) return;
  if (still > 1) session.careful.set(folded, still - 1);
  else session.careful.delete(folded);
}

/** Any error as an outcome; what is not classified is temporary. */
export function failed(error: unknown): DeliveryError {
  if (error instanceof DeliveryError) return error;
  const words = error instanceof Error ? error.message : String(error);
  return new DeliveryError("temporary", `IRC: ${words}`, { cause: error });
}
