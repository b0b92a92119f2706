import { describe, expect, it } from "vitest";
import { ROOM, Stage } from "./fake.ts";

const OTHER = "romeo@example.org/b";
const JOIN = { kind: "join", from: OTHER, conversation: ROOM, nick: "romeo" } as const;

/** In the room, and the connection is lost. */
async function cutOff(): Promise<Stage> {
  const stage = new Stage();
  await stage.enter("juliet");
  stage.irc.lose();
  return stage;
}

describe("joining a room that is lost with the connection", () => {
  it("waits over failed attempts until the room is entered again", async () => {
    const stage = await cutOff();
    const joined = stage.does(JOIN);
    stage.irc.lose();
    await stage.settle();
    stage.irc.lose();
    stage.irc.welcome();
    expect((await joined)[0]).toMatchObject({ nick: "romeo" });
    expect(stage.irc.written.filter(([name]) => name === "JOIN")).toHaveLength(2);
    expect(stage.host.events.all.at(-1)).toMatchObject({ kind: "joined", to: OTHER });
    expect(stage.kinds()).not.toContain("parted");
  });

  it("goes on waiting where the connection is lost again before the list of names", async () => {
    const stage = await cutOff();
    const answer = stage.irc.join.bind(stage.irc);
    stage.irc.join = () => {};
    stage.irc.welcome();
    const joined = stage.does(JOIN);
    await stage.settle();
    stage.irc.lose();
    stage.irc.join = answer;
    stage.irc.welcome();
    expect((await joined)[0]).toMatchObject({ nick: "romeo" });
  });

  it("is no failure for good when the server stays away: it is tried again, and the room is still lost", async () => {
    const stage = await cutOff();
    const joined = stage.does(JOIN);
    await stage.settle();
    stage.irc.lose();
    stage.clock.pass(30_000);
    expect((await joined)[0]).toMatchObject({ kind: "temporary", final: false });
    expect(stage.kinds()).not.toContain("parted");
    const again = stage.does(JOIN);
    stage.irc.welcome();
    expect((await again)[0]).toMatchObject({ nick: "romeo" });
    expect(stage.session.inRoom(ROOM)).toBe(true);
  });

  it("ends when the server lets nobody in any more", async () => {
    const stage = await cutOff();
    const joined = stage.does(JOIN);
    await stage.settle();
    stage.irc.join = () => stage.irc.error("474", "#verona");
    stage.irc.welcome();
    await stage.settle();
    stage.irc.handler.readEnd();
    expect((await joined)[0]).toMatchObject({ final: true });
    await stage.settle();
    expect(stage.kinds()).toContain("parted");
  });

  it("ends when the server will not have the user", async () => {
    const stage = await cutOff();
    const joined = stage.does(JOIN);
    await stage.settle();
    stage.irc.handler.report({ state: "banned", text: "You are banned.", condition: "forbidden" });
    expect((await joined)[0]).toMatchObject({ condition: "forbidden", final: true });
  });
});
