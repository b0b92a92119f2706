import type { StateReport } from "../../src/adapter.ts";
import { DeliveryError } from "../../src/domain/errors.ts";
import type { Channel } from "./channel.ts";
import { giveUp, parted } from "./entering.ts";
import { rename } from "./membership.ts";
import type { ServerSession } from "./server-session.ts";
import type { ConnectionReport } from "./types.ts";

/** The connection says how it stands: rooms are kept over a break, entered again after it, or ended. */
export function connectionChanged(session: ServerSession, report: ConnectionReport): void {
  switch (report.state) {
    case "connecting":
      return;
    case "connected":
      connected(session, report);
      break;
    case "transient-disconnect":
      lost(session, report);
      break;
    default:
      ended(session, report);
  }
  session.feed.flush();
}

/** Each state once: a server that stays away is not news. */
function tellState(session: ServerSession, report: ConnectionReport): void {
  if (session.lastState === report.state) return;
  session.lastState = report.state;
  const told: StateReport = { state: report.state, of: session.conversation, text: report.text };
  session.host.state(told);
}

function connected(session: ServerSession, report: ConnectionReport): void {
  const { nick } = session.connection;
  session.established = true;
  if (session.nick !== "" && session.nick !== nick) {
    for (const channel of session.channels.values()) rename(session, channel, session.nick, nick, true);
  }
  session.nick = nick;
  tellState(session, report);
  if (session.awayText !== undefined) session.connection.command("AWAY", session.awayText);
  for (const channel of session.channels.values()) enterAgain(session, channel);
  session.registered.done();
  session.linger();
}

function enterAgain(session: ServerSession, channel: Channel): void {
  session.connection.command("JOIN", ...joinArguments(channel));
  void rejoined(session, channel);
}

/** RFC 2812 §3.2.1. */
export function joinArguments(channel: Channel): string[] {
  return channel.key === undefined ? [channel.name] : [channel.name, channel.key];
}

/** The server has to answer a JOIN some time after it answered what was written behind it. */
async function rejoined(session: ServerSession, channel: Channel): Promise<void> {
  const { clock, options } = session.shared;
  try {
    await session.connection.ping();
  } catch {
    return; // Lost again: the next connection enters it.
  }
  if (channel.phase !== "lost") return;
  clock.setTimeout(() => {
    if (channel.phase !== "lost" || session.closed || session.channel(channel.name) !== channel) return;
    if (!session.connection.registered) return;
    giveUp(
      session,
      channel,
      new DeliveryError("permanent", `${session.server} did not let you into ${channel.name} again.`),
    );
    session.feed.flush();
  }, options.timeout);
}

function failureOf(report: ConnectionReport): DeliveryError {
  return new DeliveryError("permanent", report.text, {
    condition: report.condition ?? "remote-server-timeout",
  });
}

/**
 * The connection broke. Who waits to enter a room that was lost before goes on waiting: the next connection
 * enters it, so the user has not left it (join.ts bounds the wait).
 */
function lost(session: ServerSession, report: ConnectionReport): void {
  const error = failureOf(report);
  forgetMoment(session, error);
  for (const channel of [...session.channels.values()]) {
    if (channel.phase === "in" && channel.shown) {
      channel.phase = "lost";
      const { conversation } = channel;
      session.tell(channel, { kind: "note", conversation, text: lostText(session, report) });
    } else if (channel.phase !== "lost") giveUp(session, channel, error);
  }
  session.registered.fail(error);
  tellState(session, report);
  if (session.channels.size === 0) void session.close("", 0);
}

function lostText({ server, shared }: ServerSession, { text, retryAt }: ConnectionReport): string {
  const what = text === "" ? `The connection to ${server} was lost.` : text;
  if (retryAt === undefined) return what;
  const wait = Math.max(1, Math.ceil((retryAt - shared.clock.now()) / 1000));
  return `${what} Trying again in ${wait} s.`;
}

/** The server will not have us: nothing is tried again until the user does. */
function ended(session: ServerSession, report: ConnectionReport): void {
  const error = failureOf(report);
  forgetMoment(session, error);
  for (const channel of [...session.channels.values()]) {
    const wasIn = channel.phase === "in";
    giveUp(session, channel, error);
    if (wasIn) parted(session, channel, error.message);
  }
  session.refused = error;
  session.registered.fail(error);
  tellState(session, report);
  void session.close("", 0);
}

/** What was known only for the time of one connection. */
function forgetMoment(session: ServerSession, error: DeliveryError): void {
  session.netsplit.stop();
  session.away.clear();
  session.redirects.clear();
  session.lookups.fail(error);
}
