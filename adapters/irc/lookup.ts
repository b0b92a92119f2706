import type { ContactInfo, RoomInfo } from "../../src/adapter.ts";
import { DeliveryError } from "../../src/domain/errors.ts";
import { type IrcFailure, toError } from "./errors.ts";
import { fromIrc } from "./format.ts";
import type { Shared } from "./shared.ts";
import type { IrcConnection } from "./types.ts";
import { Waiting } from "./waiting.ts";

/** Whom a question is put to. */
export interface Asked {
  readonly server: string;
  readonly shared: Shared;
  readonly connection: IrcConnection;
  contact(name: string): string | undefined;
}

type Event = Record<string, unknown>;

/** Most rooms of one server that are listed. */
export const MAX_ROOMS = 10_000;
/** How long a list of rooms stays good, milliseconds. */
export const LIST_AGE = 60_000;
/** Most WHOIS under way at a time. */
const MAX_WHOIS = 32;

interface Whois {
  readonly nick: string;
  readonly waiting: Waiting;
  info: ContactInfo;
}

/** Questions to the server: LIST and WHOIS, each bounded, cached where it is dear. */
export class Lookups {
  #whois: Whois[] | undefined;
  #listing: Waiting | undefined;
  #rooms: Event[] = [];
  #list: readonly RoomInfo[] | undefined;

  /** What the server tells of a nick (RFC 2812 §3.6.2). Rejects with DeliveryError. */
  async contactInfo(session: Asked, nick: string): Promise<ContactInfo> {
    this.#whois ??= [];
    if (this.#whois.length >= MAX_WHOIS) throw busy(session);
    const asked: Whois = { nick: session.connection.fold(nick), waiting: new Waiting(), info: { nick } };
    this.#whois.push(asked);
    const { clock, options } = session.shared;
    try {
      session.connection.command("WHOIS", nick);
      await asked.waiting.wait(clock, options.timeout, () => late(session));
      return asked.info;
    } finally {
      this.#whois = this.#whois.filter((other) => other !== asked);
    }
  }

  whois(session: Asked, event: Event): void {
    const nick = typeof event.nick === "string" ? event.nick : "";
    const folded = session.connection.fold(nick);
    for (const asked of this.#whois ?? []) {
      if (asked.nick !== folded) continue;
      if (event.error !== undefined) asked.waiting.fail(unknown(nick));
      else {
        asked.info = infoOf(event, nick);
        asked.waiting.done();
      }
    }
  }

  /** The channels of the server (RFC 2812 §3.2.6); asked once a minute at most. Rejects with DeliveryError. */
  async rooms(session: Asked): Promise<readonly RoomInfo[]> {
    if (this.#list !== undefined) return this.#list;
    const { clock, options } = session.shared;
    const asked = this.#listing !== undefined;
    const listing = this.#listing ?? new Waiting();
    this.#listing = listing;
    try {
      if (!asked) session.connection.command("LIST");
      await listing.wait(clock, options.timeout, () => late(session));
    } catch (error) {
      if (listing.size === 0) this.#forget();
      throw error;
    }
    return this.#list ?? [];
  }

  listed(channels: unknown): void {
    if (this.#listing === undefined || !Array.isArray(channels)) return;
    for (const channel of channels) if (this.#rooms.length < MAX_ROOMS) this.#rooms.push(channel);
  }

  listEnd(session: Asked): void {
    const listing = this.#listing;
    if (listing === undefined) return;
    const rooms = this.#rooms.flatMap((event) => roomOf(session, event));
    this.#forget();
    this.#list = rooms;
    session.shared.clock.setTimeout(() => {
      this.#list = undefined;
    }, LIST_AGE);
    listing.done();
  }

  /** An error that is about somebody asked for. */
  failed(session: Asked, failure: IrcFailure): boolean {
    if (failure.code !== "401" && failure.code !== "402") return false;
    const nick = session.connection.fold(failure.subjects[0] ?? "");
    const found = this.#whois?.find((asked) => asked.nick === nick);
    found?.waiting.fail(toError(failure, found.nick));
    return found !== undefined;
  }

  /** The connection is gone. */
  fail(error: Error): void {
    for (const asked of this.#whois ?? []) asked.waiting.fail(error);
    this.#listing?.fail(error);
    this.#forget();
  }

  #forget(): void {
    this.#listing = undefined;
    this.#rooms = [];
  }
}

function roomOf(session: Asked, event: Event): RoomInfo[] {
  const name = typeof event.channel === "string" ? event.channel : "";
  const conversation = session.contact(name);
  // RFC 2812 §3.2.6: a private channel is listed as "*" or "Prv".
  if (conversation === undefined || !session.connection.isChannel(name)) return [];
  const occupants = typeof event.num_users === "number" && event.num_users >= 0 ? event.num_users : undefined;
  const topic = typeof event.topic === "string" ? fromIrc(event.topic) : "";
  return [{ conversation, name, occupants, subject: topic === "" ? undefined : topic }];
}

function infoOf(event: Event, nick: string): ContactInfo {
  const text = (name: string) => (typeof event[name] === "string" ? fromIrc(String(event[name])) : "");
  const notes = [
    text("ident") === "" ? "" : `${text("ident")}@${text("hostname")}`,
    text("account") === "" ? "" : `account ${text("account")}`,
    text("away") === "" ? "" : `away: ${text("away")}`,
    text("server") === "" ? "" : `on ${text("server")}`,
  ];
  const name = text("real_name");
  return { nick, name: name === "" ? undefined : name, note: notes.filter((note) => note !== "").join(", ") };
}

function unknown(nick: string): DeliveryError {
  return toError({ code: "401", subjects: [nick], words: "" }, nick);
}

function late(session: Asked): DeliveryError {
  return new DeliveryError("permanent", `${session.server} did not answer in time.`, {
    condition: "remote-server-timeout",
  });
}

function busy(session: Asked): DeliveryError {
  return new DeliveryError(
    "permanent",
    `Too many questions to ${session.server} at once: try again in a moment.`,
    {
      condition: "resource-constraint",
    },
  );
}
