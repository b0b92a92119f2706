import type { Timer } from "../../src/adapter.ts";
import type { Inbound } from "../../src/domain/events.ts";
import type { Channel } from "./channel.ts";
import type { Shared } from "./shared.ts";

/** Whose rooms it happens in. */
export interface Split {
  readonly shared: Shared;
  readonly feed: { flush(): void };
  tell(channel: Channel, event: Inbound): void;
  try(name: string, ...args: string[]): void;
}

// What servers write for people behind a link that broke: two server names (RFC 1459 §4.1.6), or a mask of them.
const SPLIT = /^(?:\*|[\w*-]+)(?:\.[\w*-]+)+ (?:\*|[\w*-]+)(?:\.[\w*-]+)+$/;

/** Whether a quit's text is a netsplit's. */
export function isNetsplit(text: string): boolean {
  return SPLIT.test(text);
}

/**
 * People cut off by a netsplit. They stay in their rooms as the user sees them; after a short while each room gets
 * one note, and who is not back within the window leaves, all in one event.
 */
export class Netsplit {
  #missing: Map<Channel, Set<string>> | undefined;
  #healed: Set<Channel> | undefined;
  #gather: Timer | undefined;
  #window: Timer | undefined;

  /** Somebody was cut off from these channels. */
  quit(session: Split, nick: string, channels: readonly Channel[], text: string): void {
    this.#missing ??= new Map();
    for (const channel of channels) {
      const missing = this.#missing.get(channel) ?? new Set();
      missing.add(nick);
      this.#missing.set(channel, missing);
    }
    if (this.#window !== undefined) return;
    const { clock, options } = session.shared;
    this.#gather = clock.setTimeout(() => this.#note(session, text), options.netsplitGather);
    this.#window = clock.setTimeout(() => this.#end(session, text), options.netsplitWindow);
  }

  /** Somebody joins: true where they were cut off and never left as the user saw it. */
  back(channel: Channel, nick: string): boolean {
    const was = this.#missing?.get(channel)?.delete(nick) ?? false;
    if (was) {
      this.#healed ??= new Set();
      this.#healed.add(channel);
    }
    return was;
  }

  forget(channel: Channel): void {
    this.#missing?.delete(channel);
    this.#healed?.delete(channel);
  }

  /** Forgets everything; the next list of names puts things right. */
  stop(): void {
    this.#gather?.cancel();
    this.#window?.cancel();
    this.#gather = undefined;
    this.#window = undefined;
    this.#missing = undefined;
    this.#healed = undefined;
  }

  #note(session: Split, text: string): void {
    for (const [channel, nicks] of this.#missing ?? []) {
      if (nicks.size === 0) continue;
      const people = nicks.size === 1 ? "1 person is" : `${nicks.size} people are`;
      const note = `Netsplit (${text}): ${people} cut off for now.`;
      session.tell(channel, { kind: "note", conversation: channel.conversation, text: note });
    }
    session.feed.flush();
  }

  #end(session: Split, text: string): void {
    const missing = this.#missing ?? new Map<Channel, Set<string>>();
    const healed = this.#healed ?? new Set<Channel>();
    this.stop();
    for (const [channel, nicks] of missing) {
      if (nicks.size === 0) continue;
      for (const nick of nicks) channel.members.delete(nick);
      const { conversation } = channel;
      session.tell(channel, { kind: "left", conversation, nicks: [...nicks], why: "left", text });
    }
    // Those who came back may have other modes than before: the list of names tells.
    for (const channel of healed) session.try("NAMES", channel.name);
    session.feed.flush();
  }
}
