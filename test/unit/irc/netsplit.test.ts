import { describe, expect, it } from "vitest";
import { isNetsplit } from "../../../adapters/irc/netsplit.ts";
import { ROOM, Stage } from "./fake.ts";

const PEOPLE = Array.from({ length: 500 }, (_, i) => `person${i}`);
const SPLIT = "hub.example.net leaf.example.net";

async function split(): Promise<Stage> {
  const stage = new Stage();
  await stage.enter(...PEOPLE);
  stage.host.events.all.length = 0;
  for (const nick of PEOPLE) stage.irc.event("quit", { nick, message: SPLIT });
  stage.irc.handler.readEnd();
  return stage;
}

describe("a netsplit of 500", () => {
  it("is one note and nothing else when it heals within the window", async () => {
    const stage = await split();
    stage.clock.pass(10_000);
    for (const nick of PEOPLE) stage.irc.event("join", { nick, channel: "#verona" });
    stage.irc.handler.readEnd();
    stage.clock.pass(120_000);
    await stage.settle();
    expect(stage.host.events.all).toEqual([
      { kind: "note", conversation: ROOM, text: `Netsplit (${SPLIT}): 500 people are cut off for now.` },
    ]);
    // The modes of those who came back are asked for.
    expect(stage.irc.written.at(-1)).toEqual(["NAMES", "#verona"]);
  });

  it("is nothing at all when it heals at once", async () => {
    const stage = await split();
    for (const nick of PEOPLE) stage.irc.event("join", { nick, channel: "#verona" });
    stage.clock.pass(120_000);
    await stage.settle();
    expect(stage.host.events.all).toEqual([]);
  });

  it("is one note and one departure when it does not heal", async () => {
    const stage = await split();
    stage.clock.pass(120_000);
    await stage.settle();
    expect(stage.kinds()).toEqual(["note", "left"]);
    expect(stage.host.events.all[1]).toEqual({
      kind: "left",
      conversation: ROOM,
      nicks: PEOPLE,
      why: "left",
      text: SPLIT,
    });
  });

  it("tells only of those who stay away", async () => {
    const stage = await split();
    stage.clock.pass(10_000);
    for (const nick of PEOPLE.slice(1)) stage.irc.event("join", { nick, channel: "#verona" });
    stage.clock.pass(120_000);
    await stage.settle();
    expect(stage.host.events.all.at(-1)).toMatchObject({ kind: "left", nicks: ["person0"] });
  });

  it("does not outlive the connection", async () => {
    const stage = await split();
    stage.irc.lose();
    stage.clock.pass(120_000);
    await stage.settle();
    expect(stage.kinds()).toEqual(["note"]);
    expect(stage.host.events.all[0]).toMatchObject({ text: "The connection was lost." });
  });
});

it("is known by its text: two server names, and nothing else", () => {
  for (const text of ["a.b c.d", "*.net *.split", "irc-1.example.net hub.example.net"]) {
    expect(isNetsplit(text), text).toBe(true);
  }
  for (const text of ["", "bye", "Quit: a.b c.d", "a.b", "a.b c.d e.f", "see example.org now"]) {
    expect(isNetsplit(text), text).toBe(false);
  }
});
