import { describe, expect, it } from "vitest";
import { el } from "../../../../src/domain/element.ts";
import { conditionOf, errorReply, resultReply } from "../../../../src/xmpp/codec/errors.ts";
import { NS } from "../../../../src/xmpp/codec/namespaces.ts";

const asked = el("iq", { type: "get", id: "1", from: "romeo@example.org/x", to: "irc.example.org" });

describe("answers", () => {
  it("swaps the addresses, keeps the id, and says what and why (RFC 6120 §8.3)", () => {
    expect(errorReply(asked, "forbidden", "No entry.")).toEqual(
      el(
        "iq",
        { type: "error", id: "1", from: "irc.example.org", to: "romeo@example.org/x" },
        el(
          "error",
          { type: "auth" },
          el("forbidden", { xmlns: NS.stanzas }),
          el("text", { xmlns: NS.stanzas, "xml:lang": "en" }, "No entry."),
        ),
      ),
    );
  });

  it("gives a result without payload where there is none", () => {
    expect(resultReply(asked)).toEqual(
      el("iq", { type: "result", id: "1", from: "irc.example.org", to: "romeo@example.org/x" }),
    );
  });

  it("reads back the condition of an error, and only one that RFC 6120 knows", () => {
    expect(conditionOf(errorReply(asked, "gone"))).toBe("gone");
    expect(conditionOf(asked)).toBeUndefined();
    expect(conditionOf(el("iq", {}, el("error", {}, el("odd", { xmlns: NS.stanzas }))))).toBeUndefined();
  });
});
