import { describe, expect, it } from "vitest";
import type { SendOutcome } from "../../../src/adapter.ts";
import { DeliveryError } from "../../../src/domain/errors.ts";
import { ROOM, Stage } from "./fake.ts";

/** S for what was sent, the condition for what failed. */
function shown(outcomes: readonly SendOutcome[]): string[] {
  return outcomes.map((outcome) => (outcome instanceof DeliveryError ? outcome.condition : "S"));
}

async function inside(): Promise<Stage> {
  const stage = new Stage();
  await stage.enter("juliet");
  stage.irc.written.length = 0;
  return stage;
}

describe("messages to IRC", () => {
  it("takes one PONG for a whole batch", async () => {
    const stage = await inside();
    let pings = 0;
    stage.irc.atPing = () => pings++;
    const outcomes = await stage.says(...Array.from({ length: 512 }, (_, i) => `${i}`));
    expect(outcomes).toHaveLength(512);
    expect(outcomes[0]).toEqual({ evidence: "PONG from irc.example.net", nick: "romeo" });
    expect(pings).toBe(1);
    expect(stage.irc.written[511]).toEqual(["PRIVMSG", "#verona", "511"]);
  });

  it("writes as much as the flood control lets out, and one message at least", async () => {
    const stage = await inside();
    stage.irc.allowed = 5;
    expect(await stage.says("1", "2", "3", "4", "5", "6")).toHaveLength(4);
    stage.irc.allowed = 1;
    expect(await stage.says("1\n2\n3", "4")).toHaveLength(1);
    expect(stage.irc.written.slice(-3).map(([, , text]) => text)).toEqual(["1", "2", "3"]);
  });

  it("splits long lines, drops empty ones, and lets no control character through", async () => {
    const stage = await inside();
    await stage.says("a\n\n\r\nb\u0001\u0000c", "\u0001VERSION\u0001", "é".repeat(300));
    const texts = stage.irc.written.map(([, , text]) => text);
    expect(texts.slice(0, 3)).toEqual(["a", "bc", "VERSION"]);
    expect(texts.slice(3).join("")).toBe("é".repeat(300));
    for (const text of texts) expect(Buffer.byteLength(text ?? "")).toBeLessThanOrEqual(400);
  });

  it("sends an action as CTCP, a notice as NOTICE", async () => {
    const stage = await inside();
    const base = { kind: "message", from: "romeo@example.org/a", conversation: ROOM } as const;
    await stage.does(
      { ...base, text: "waves", manner: "action" },
      { ...base, text: "psst", manner: "notice" },
    );
    expect(stage.irc.written).toEqual([
      ["PRIVMSG", "#verona", "\x01ACTION waves\x01"],
      ["NOTICE", "#verona", "psst"],
    ]);
  });

  it("fails a message without text", async () => {
    const stage = await inside();
    expect(shown(await stage.says("a", " \n ", "b"))).toEqual(["S", "bad-request", "S"]);
  });

  it("gives an error to each message where there are as many", async () => {
    const stage = await inside();
    stage.irc.atPing = () => {
      for (let i = 0; i < 3; i++)
        stage.irc.event("irc error", { error: "cannot_send_to_channel", channel: "#verona" });
    };
    expect(shown(await stage.says("1", "2", "3"))).toEqual(["forbidden", "forbidden", "forbidden"]);
  });

  it("gives fewer errors to the last ones where we were silenced meanwhile", async () => {
    const stage = await inside();
    stage.irc.atPing = () => {
      stage.irc.event("mode", { target: "#verona", nick: "juliet", modes: [{ mode: "+m", param: null }] });
      stage.irc.event("irc error", { error: "cannot_send_to_channel", channel: "#Verona" });
    };
    expect(shown(await stage.says("1", "2", "3"))).toEqual(["S", "S", "forbidden"]);
  });

  it("gives fewer errors to the first ones else", async () => {
    const stage = await inside();
    stage.irc.atPing = () =>
      stage.irc.event("irc error", { error: "cannot_send_to_channel", channel: "#verona" });
    expect(shown(await stage.says("1", "2", "3"))).toEqual(["forbidden", "S", "S"]);
  });

  it("counts the lines of a message: two errors are of one message that became two lines", async () => {
    const stage = await inside();
    stage.irc.atPing = () => {
      for (let i = 0; i < 2; i++) stage.irc.error("404", "#verona");
    };
    expect(shown(await stage.says("1\n1", "2", "3"))).toEqual(["forbidden", "S", "S"]);
  });

  it("goes one at a time after an error, until it has gone well for a while", async () => {
    const stage = await inside();
    stage.irc.atPing = () => stage.irc.error("404", "#verona");
    await stage.says("1", "2");
    stage.irc.atPing = undefined;
    for (let i = 0; i < 16; i++) expect(await stage.says("a", "b", "c")).toHaveLength(1);
    expect(await stage.says("a", "b", "c")).toHaveLength(3);
  });

  it("leaves errors about others alone", async () => {
    const stage = await inside();
    stage.irc.atPing = () => stage.irc.event("irc error", { error: "no_such_nick", nick: "somebody" });
    expect(shown(await stage.says("1"))).toEqual(["S"]);
  });

  it("says that it may have arrived where the connection is lost before the PONG", async () => {
    const stage = await inside();
    stage.irc.broken = new DeliveryError("temporary", "lost");
    stage.irc.registered = false;
    const outcomes = await stage.says("1", "2");
    expect(outcomes).toHaveLength(1);
    expect(outcomes[0]).toMatchObject({ kind: "ambiguous", final: false });
  });

  it("holds what is said while the connection is away", async () => {
    const stage = await inside();
    stage.irc.lose();
    const [outcome] = await stage.says("1");
    expect(outcome).toMatchObject({ kind: "temporary" });
  });
});
