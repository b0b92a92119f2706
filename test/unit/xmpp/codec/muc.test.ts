import { describe, expect, it } from "vitest";
import { el } from "../../../../src/domain/element.ts";
import { joinRequest, roomMessage, unavailablePresence } from "../../../../src/xmpp/codec/muc.ts";
import { NS } from "../../../../src/xmpp/codec/namespaces.ts";

const NOW = Date.UTC(2026, 0, 2, 12);

function joining(...children: Parameters<typeof el>[2][]) {
  return el("presence", {}, el("x", { xmlns: NS.muc }, ...children));
}

describe("a join's wishes (XEP-0045 §7.2)", () => {
  it("is no join without its namespace", () => {
    expect(joinRequest(el("presence"), NOW)).toBeUndefined();
  });

  it("may hold a password", () => {
    expect(joinRequest(joining(el("password", {}, "cauldronburn")), NOW)).toEqual({
      password: "cauldronburn",
    });
  });

  it("may bound the history by count, characters and time; the narrower time holds", () => {
    const history = el("history", {
      maxstanzas: "5",
      maxchars: "0",
      seconds: "60",
      since: "2026-01-02T11:00:00Z",
    });
    expect(joinRequest(joining(history), NOW)).toEqual({ maxMessages: 5, maxChars: 0, since: NOW - 60_000 });
  });

  it("ignores bounds that are no numbers", () => {
    const history = el("history", { maxstanzas: "-1", maxchars: "many", since: "yesterday" });
    expect(joinRequest(joining(history), NOW)).toEqual({});
  });
});

describe("what a room sends", () => {
  it("names the archive's id and the time of what was said before", () => {
    const message = roomMessage("#a%b@irc.example", "juliet", "romeo@example/x", {
      text: "hi",
      id: "m1",
      archiveId: "a1",
      delayedSince: NOW,
    });
    expect(message).toEqual(
      el(
        "message",
        { type: "groupchat", from: "#a%b@irc.example/juliet", to: "romeo@example/x", id: "m1" },
        el("body", {}, "hi"),
        el("stanza-id", { xmlns: NS.stanzaId, by: "#a%b@irc.example", id: "a1" }),
        el("delay", { xmlns: NS.delay, from: "#a%b@irc.example", stamp: "2026-01-02T12:00:00.000Z" }),
      ),
    );
  });

  it("says who kicked whom, and why (§8.2)", () => {
    const gone = unavailablePresence("#a%b@irc.example", "romeo@example/x", {
      nick: "mercutio",
      statuses: [307],
      actor: "tybalt",
      reason: "a plague",
    });
    const details = [el("actor", { nick: "tybalt" }), el("reason", {}, "a plague")];
    expect(gone).toEqual(
      el(
        "presence",
        { from: "#a%b@irc.example/mercutio", to: "romeo@example/x", type: "unavailable" },
        el(
          "x",
          { xmlns: NS.mucUser },
          el("item", { affiliation: "none", role: "none" }, ...details),
          el("status", { code: "307" }),
        ),
      ),
    );
  });
});
