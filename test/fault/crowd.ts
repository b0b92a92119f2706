import { type Element, el } from "../../src/domain/element.ts";
import type { LinkHandler } from "../../src/xmpp/link.ts";
import { createLink, defaultLimits, type StreamLink } from "../../src/xmpp/stream.ts";
import { quiet, realClock } from "../support/host.ts";
import { Inbox } from "../support/inbox.ts";

/** Whose users the crowd are: a component of their own, so that a thousand need no thousand connections. */
export const PEOPLE = "people.example.org";
export const PEOPLE_SECRET = "people-secret";

/** Many XMPP users behind one stream. */
export interface Crowd {
  readonly link: StreamLink;
  readonly stanzas: Inbox<Element>;
  /** Asks for a room for one of them, by number; the nick is `u` and the number. */
  join(user: number, room: string): void;
  say(user: number, room: string, text: string, id: string): void;
  stop(): Promise<void>;
}

export function jidOf(user: number): string {
  return `u${user}@${PEOPLE}/home`;
}

/** Connects; resolves when the server has accepted it. `domain` where these are another component's users. */
export async function crowd(port: number, domain = PEOPLE, secret = PEOPLE_SECRET): Promise<Crowd> {
  const stanzas = new Inbox<Element>("stanzas to the crowd", (stanza) =>
    JSON.stringify(stanza).slice(0, 200),
  );
  const online = Promise.withResolvers<void>();
  const handler: LinkHandler = {
    stanzas: (batch) => {
      for (const stanza of batch) stanzas.push(stanza);
    },
    oversized: () => {},
    online: () => online.resolve(),
    offline: () => {},
  };
  const deps = { clock: realClock, random: () => 0.5, log: quiet };
  const link = createLink({ host: "127.0.0.1", port, domain, secret, limits: defaultLimits }, handler, deps);
  link.start();
  await online.promise;
  const muc = el("x", { xmlns: "http://jabber.org/protocol/muc" });
  return {
    link,
    stanzas,
    join: (user, room) =>
      void link.send([el("presence", { from: jidOf(user), to: `${room}/u${user}` }, muc)]),
    say: (user, room, text, id) =>
      void link.send([
        el("message", { from: jidOf(user), to: room, type: "groupchat", id }, el("body", {}, text)),
      ]),
    stop: () => link.stop(1_000),
  };
}
