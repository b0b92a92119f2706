import { describe, expect, it } from "vitest";
import { failureOf, toError } from "../../../adapters/irc/errors.ts";

describe("errors of IRC servers", () => {
  it.each([
    [
      "irc error",
      { error: "invite_only_channel", channel: "#a", reason: "no" },
      "473",
      "registration-required",
    ],
    ["irc error", { error: "bad_channel_key", channel: "#a", reason: "no" }, "475", "not-authorized"],
    ["irc error", { error: "channel_is_full", channel: "#a", reason: "no" }, "471", "service-unavailable"],
    ["irc error", { error: "banned_from_channel", channel: "#a", reason: "no" }, "474", "forbidden"],
    ["nick in use", { nick: "a", reason: "no" }, "433", "conflict"],
    ["nick invalid", { nick: "a", reason: "no" }, "432", "jid-malformed"],
    ["unknown command", { command: "403", params: ["me", "#a", "no"] }, "403", "item-not-found"],
    ["unknown command", { command: "477", params: ["me", "#a", "no"] }, "477", "registration-required"],
    ["unknown command", { command: "716", params: ["me", "a", "no"] }, "716", "policy-violation"],
    ["unknown command", { command: "FAIL", params: ["JOIN", "X", "#a", "no"] }, "FAIL", "not-acceptable"],
    ["unknown command", { command: "599", params: ["me", "#a", "no"] }, "599", "not-acceptable"],
  ])("%s %j is %s, %s", (name, event, code, condition) => {
    const failure = failureOf(name, event);
    expect(failure?.code).toBe(code);
    if (failure === undefined) return;
    const error = toError(failure, "#a");
    expect(error).toMatchObject({ condition, code, final: true });
    expect(error.message).toMatch(/^[^\n{}]+$/);
  });

  it("names who is not in the channel, whatever irc-framework takes for the channel", () => {
    // ERR_USERNOTINCHANNEL: its "nick" is our own, its "channel" the nick.
    const failure = failureOf("irc error", { error: "user_not_in_channel", nick: "me", channel: "tybalt" });
    expect(failure && toError(failure, "").message).toBe("tybalt is not in the channel.");
  });

  it("uses the server's words where the numeric is not known", () => {
    const failure = failureOf("unknown command", { command: "599", params: ["me", "#a", "Full moon"] });
    expect(failure && toError(failure, "#a").message).toBe("The IRC server refused: Full moon");
  });

  it.each([
    ["unknown command", { command: "422", params: ["me", "no MOTD"] }],
    ["unknown command", { command: "004", params: ["me"] }],
    ["unknown command", { command: "403" }],
    ["irc error", { error: "irc", reason: "Closing Link" }],
    ["irc error", {}],
    ["join", { nick: "a" }],
  ])("%s %j is none", (name, event) => {
    expect(failureOf(name, event)).toBeUndefined();
  });

  it("puts no dollar pattern of a name into the sentence", () => {
    expect(toError({ code: "403", subjects: ["#$&"], words: "" }, "").message).toBe(
      "There is no channel #$& on the server.",
    );
  });
});
