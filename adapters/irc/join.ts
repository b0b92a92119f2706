import type { Sent } from "../../src/adapter.ts";
import { DeliveryError } from "../../src/domain/errors.ts";
import type { Outbound } from "../../src/domain/events.ts";
import { Channel, type Waiter } from "./channel.ts";
import { giveUp } from "./entering.ts";
import { notConnected } from "./errors.ts";
import { joinArguments } from "./reconnect.ts";
import { joinedEvent } from "./roster.ts";
import type { ServerSession } from "./server-session.ts";

type Leave = Extract<Outbound, { kind: "leave" }>;

/** What is to be entered, and for whom: without `to`, for all of the user's clients. */
export interface Entry {
  readonly name: string;
  readonly conversation: string;
  readonly to?: string;
  readonly key?: string;
}

/**
 * Enters a channel, or tells one more of the user's clients about it. Resolves when core has the
 * roster; rejects with the error that ends the join.
 */
export async function join(session: ServerSession, entry: Entry): Promise<Sent> {
  session.ended.delete(entry.conversation);
  const channel = session.channel(entry.name);
  if (channel?.phase === "in") {
    channel.shown = true;
    session.feed.push(joinedEvent(session, channel, entry.to));
  } else if (channel?.phase === "lost") {
    channel.key = entry.key ?? channel.key;
    await entered(session, channel, entry.to);
  } else await entered(session, channel ?? begin(session, entry), entry.to);
  await session.feed.settled();
  return { evidence: `NAMES from ${session.server}`, nick: session.connection.nick };
}

function begin(session: ServerSession, entry: Entry): Channel {
  const channel = new Channel(entry.name, entry.conversation, true, entry.key);
  session.connection.command("JOIN", ...joinArguments(channel));
  session.addChannel(channel);
  return channel;
}

/** Waits until the list of names has come, so that the roster stands right before what is said next. */
function entered(session: ServerSession, channel: Channel, to: string | undefined): Promise<void> {
  const { clock, options } = session.shared;
  return new Promise((resolve, reject) => {
    const timer = clock.setTimeout(() => late(session, channel, waiter), options.timeout);
    const waiter: Waiter = {
      to,
      done() {
        timer.cancel();
        resolve();
      },
      failed(error) {
        timer.cancel();
        reject(error);
      },
    };
    channel.waiters ??= [];
    channel.waiters.push(waiter);
  });
}

function late(session: ServerSession, channel: Channel, waiter: Waiter): void {
  if (channel.phase === "lost" && session.channel(channel.name) === channel) {
    // It is entered again when the connection is back: until then the lane holds the join.
    channel.waiters = channel.waiters?.filter((other) => other !== waiter);
    waiter.failed(notConnected(session.server));
    return;
  }
  const error = new DeliveryError("permanent", `${session.server} did not answer the join in time.`, {
    condition: "remote-server-timeout",
  });
  if (channel.phase === "joining") giveUp(session, channel, error);
  else waiter.failed(error);
}

/** Leaves a channel; it has ended for the user, whatever the server says. */
export async function leave(session: ServerSession, name: string, body: Leave): Promise<Sent> {
  const channel = session.channel(name);
  if (channel === undefined) return { evidence: "not in the channel" };
  const text = body.text ?? session.shared.options.partText;
  channel.leaver = body.from;
  if (channel.phase === "in" && session.connection.registered) {
    session.connection.command("PART", channel.name, ...(text === "" ? [] : [text]));
    await session.connection.ping().catch(() => undefined);
  }
  if (session.channel(name) === channel) {
    const { conversation } = channel;
    session.tell(channel, {
      kind: "parted",
      conversation,
      to: body.from,
      nick: session.connection.nick,
      why: "left",
    });
    session.dropChannel(channel);
  }
  await session.feed.settled();
  return { evidence: `PART at ${session.server}` };
}
