import { IrcEnd } from "../ends/irc.ts";
import { Tally, textOf } from "../ends/tally.ts";
import { channel, nick, room, type Stage, user } from "../stage.ts";

/** One direction of one user's conversation, with everything that has to come of each message. */
export interface Flow {
  readonly name: string;
  /** Sends messages numbered from `first`, in one write. */
  send(first: number, count: number): void;
  /** Fresh tallies at the ends; `onRead` is called after each read. The first is the far side's. */
  watch(first: number, onRead: () => void): readonly Tally[];
  /** Throws when the gateway has answered with an error. */
  check(): void;
}

export type Direction = "XMPP→IRC" | "IRC→XMPP";
export const DIRECTIONS: readonly Direction[] = ["XMPP→IRC", "IRC→XMPP"];

/** Numbers go on for ever, so that nothing of one run can pass for the next one's. */
let numbered = 0;
export function reserve(count: number): number {
  numbered += count;
  return numbered - count;
}

export function flow(stage: Stage, direction: Direction): Flow {
  const towardsIrc = direction === "XMPP→IRC";
  const write = towardsIrc
    ? (text: string) => stage.xmpp.write(text)
    : (text: string) => stage.irc.write(nick(0), text);
  const form = towardsIrc ? groupchat : (sequence: number) => IrcEnd.said(channel(0), textOf(sequence));
  return {
    name: direction,
    send(first, count) {
      let out = "";
      for (let sequence = first; sequence < first + count; sequence += 1) out += form(sequence);
      write(out);
    },
    watch(first, onRead) {
      const tallies = towardsIrc ? [new Tally(first), new Tally(first)] : [new Tally(first)];
      [stage.irc.tally, stage.xmpp.tally] = towardsIrc ? tallies : [undefined, tallies[0]];
      stage.irc.onRead = onRead;
      stage.xmpp.onRead = onRead;
      return tallies;
    },
    check() {
      if (stage.xmpp.errors > 0) throw new Error(`the gateway sent an error: ${stage.xmpp.lastError}`);
    },
  };
}

/** A message to the channel; it comes back to its sender besides (XEP-0045 §7.4). */
function groupchat(sequence: number): string {
  return (
    `<message from='${user(0)}/bench' to='${room(0)}' type='groupchat' id='m${sequence}'>` +
    `<body>${textOf(sequence)}</body></message>`
  );
}
