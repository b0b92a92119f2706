import { afterEach, beforeEach, expect, test } from "vitest";
import { HISTORY_DEFAULT, HISTORY_MOST, HISTORY_OVERHEAD } from "../../../src/domain/history.ts";
import { RESERVED } from "../../../src/store/sequence.ts";
import { component, type Opened, openStore, room, rows, START, said, texts } from "./opened.ts";

let opened: Opened;
beforeEach(() => {
  opened = openStore();
});
afterEach(() => opened.close());

function fill(count: number, conversation = room): void {
  for (let i = 0; i < count; i++) {
    opened.store.archive.record(said(`m${i}`, { conversation, at: START - count + i }), "romeo");
  }
}

test("a message comes back as it was recorded", () => {
  const { archive } = opened.store;
  const place = archive.record(said("waves — 👋", { nick: "ålice", manner: "action" }), "romeo");
  expect(archive.history(component, room, {})).toEqual([
    { ...place, at: START, nick: "ålice", text: "waves — 👋", manner: "action" },
  ]);
});

test("history survives a restart, and sequences go on growing", async () => {
  const before = opened.store.archive.record(said("before"), "romeo");
  await opened.database.flushed();
  opened = opened.reopen();
  const after = opened.store.archive.record(said("after"), "romeo");
  expect(texts(opened.store)).toEqual(["before", "after"]);
  expect(after.sequence).toBeGreaterThan(before.sequence);
});

test("sequences go on growing where all messages are pruned before a restart", async () => {
  for (let i = 0; i < RESERVED + 10; i++) opened.store.archive.record(said("x"), "romeo");
  const last = opened.store.archive.record(said("last"), "romeo");
  await opened.database.flushed();
  opened.database.write(() => opened.database.db.exec("DELETE FROM archive"));
  await opened.database.flushed();
  opened = opened.reopen();
  expect(opened.store.archive.record(said("next"), "romeo").sequence).toBeGreaterThan(last.sequence);
});

test("rooms and components have histories of their own", () => {
  const { archive } = opened.store;
  archive.record(said("here"), "romeo");
  archive.record(said("there", { conversation: "#other" }), "romeo");
  archive.record(said("elsewhere", { component: "irc2.example.org" }), "romeo");
  expect(texts(opened.store)).toEqual(["here"]);
  expect(texts(opened.store, "#other")).toEqual(["there"]);
  expect(archive.history("irc2.example.org", room, {}).map((entry) => entry.text)).toEqual(["elsewhere"]);
  expect(archive.history(component, "#none", {})).toEqual([]);
});

test("the head is the newest message's sequence, 0 where there is none", () => {
  const { archive } = opened.store;
  expect(archive.head(component, room)).toBe(0);
  const { sequence } = archive.record(said("one"), "romeo");
  archive.record(said("other", { conversation: "#other" }), "romeo");
  expect(archive.head(component, room)).toBe(sequence);
});

test("whoever asks for nothing gets the newest, oldest of them first", () => {
  fill(HISTORY_DEFAULT + 5);
  const got = opened.store.archive.history(component, room, {});
  expect(got.map((entry) => entry.text)).toEqual(
    Array.from({ length: HISTORY_DEFAULT }, (_, i) => `m${i + 5}`),
  );
});

test("no answer is longer than the bound", () => {
  fill(HISTORY_MOST + 5);
  const { archive } = opened.store;
  expect(archive.history(component, room, { maxMessages: 1e9 })).toHaveLength(HISTORY_MOST);
  expect(archive.history(component, room, { after: 0 })).toHaveLength(HISTORY_MOST);
});

// XEP-0045 §7.2.13: maxstanzas, maxchars, since; and what a break left out.
test("all bounds hold together", () => {
  fill(10);
  const { archive } = opened.store;
  const all = archive.history(component, room, {});
  const asked = (request: object) => archive.history(component, room, request).map((entry) => entry.text);
  expect(asked({ maxMessages: 3 })).toEqual(["m7", "m8", "m9"]);
  expect(asked({ maxMessages: 0 })).toEqual([]);
  expect(asked({ maxMessages: -1 })).toEqual([]);
  expect(asked({ maxMessages: Number.NaN })).toEqual([]);
  expect(asked({ maxChars: 0 })).toEqual([]);
  expect(asked({ maxChars: 2 * (HISTORY_OVERHEAD + "alice".length + 2) })).toEqual(["m8", "m9"]);
  expect(asked({ maxChars: 2 * (HISTORY_OVERHEAD + "alice".length + 2) - 1 })).toEqual(["m9"]);
  expect(asked({ since: START - 2 })).toEqual(["m8", "m9"]);
  expect(asked({ since: START + 1 })).toEqual([]);
  expect(asked({ since: START - 5, maxMessages: 2 })).toEqual(["m8", "m9"]);
  expect(asked({ after: all[6]?.sequence ?? 0 })).toEqual(["m7", "m8", "m9"]);
  expect(asked({ after: all[2]?.sequence ?? 0, before: all[5]?.sequence ?? 0 })).toEqual(["m3", "m4", "m5"]);
  expect(asked({ before: 0 })).toEqual([]);
});

test("a date in the future is taken for now", () => {
  const { archive } = opened.store;
  archive.record(said("early", { at: START + 1e9 }), "romeo");
  expect(archive.history(component, room, {})[0]?.at).toBe(START);
});

test("what a turn that fails had recorded is gone, and the store goes on", async () => {
  const { archive } = opened.store;
  archive.watch(component, room, "romeo");
  archive.watch(component, room, "juliet");
  const lost = archive.record(said("lost"), "romeo");
  await expect(
    opened.database.write(() => {
      throw new Error("disk full");
    }),
  ).rejects.toThrow("disk full");
  expect(rows(opened)).toBe(0);

  const kept = archive.record(said("lost"), "romeo");
  expect(kept.sequence).toBeGreaterThan(lost.sequence);
  expect(archive.record(said("lost"), "juliet")).toEqual(kept);
  await opened.database.flushed();
  opened = opened.reopen();
  expect(texts(opened.store)).toEqual(["lost"]);
  expect(opened.store.archive.record(said("next"), "romeo").sequence).toBeGreaterThan(kept.sequence);
});

test("a request beyond the first or last number shows nothing of the room before or after it", () => {
  const { archive } = opened.store;
  const rooms = ["#a%irc.example.net", "#b%irc.example.net", "#c%irc.example.net"];
  for (const conversation of rooms) archive.record(said(conversation, { conversation }), "romeo");
  const [, middle = ""] = rooms;
  const shown = (request: { after?: number; before?: number }) =>
    archive.history(component, middle, request).map((entry) => entry.text);
  expect(shown({ after: -5 })).toEqual([middle]);
  expect(shown({ before: Number.MAX_SAFE_INTEGER })).toEqual([middle]);
  expect(shown({ after: Number.MAX_SAFE_INTEGER })).toEqual([]);
  expect(shown({ before: -5 })).toEqual([]);
});

test("a rolled back turn leaves nothing of it in the archive, and the next is stored", async () => {
  const { archive } = opened.store;
  for (let i = 0; i < 100; i++) archive.record(said(`lost ${i}`), "romeo");
  void opened.database.write(() => {
    throw new Error("not ours");
  });
  archive.record(said("kept"), "romeo");
  await opened.database.flushed();
  expect(texts(opened.store)).toEqual(["kept"]);
  opened = opened.reopen();
  expect(texts(opened.store)).toEqual(["kept"]);
});
