import { afterEach, beforeEach, expect, test } from "vitest";
import { COPY_AGE, COPY_MOST, Copies } from "../../../src/store/copies.ts";
import { IDLE_ROOMS, Rooms } from "../../../src/store/rooms.ts";
import { component, type Opened, openStore, room, rows, START, said } from "./opened.ts";

let opened: Opened;
beforeEach(() => {
  opened = openStore();
});
afterEach(() => opened.close());

function watch(...sessions: string[]): void {
  for (const session of sessions) opened.store.archive.watch(component, room, session);
}
function record(text: string, session: string, more = {}): string {
  return opened.store.archive.record(said(text, more), session).id;
}

test("three sessions see a message, one copy is stored", () => {
  watch("a", "b", "c");
  const id = record("hello", "a");
  expect([record("hello", "b"), record("hello", "c")]).toEqual([id, id]);
  expect(rows(opened)).toBe(1);
});

test("the same text said twice is two messages, for every session", () => {
  watch("a", "b");
  const [first, second] = [record("ok", "a"), record("ok", "a")];
  expect([record("ok", "b"), record("ok", "b")]).toEqual([first, second]);
  expect(rows(opened)).toBe(2);
});

test("the same text of another nick, or said in another manner, is another message", () => {
  watch("a", "b");
  const id = record("ok", "a");
  expect(record("ok", "b", { nick: "bob" })).not.toBe(id);
  expect(record("ok", "b", { manner: "notice" })).not.toBe(id);
  expect(rows(opened)).toBe(3);
});

test("a sender's own copy comes after the others'", () => {
  watch("a", "b", "alice@example.org");
  const own = record("mine", "a");
  const other = record("theirs", "alice@example.org", { nick: "bob" });
  record("theirs", "a", { nick: "bob" });
  expect(record("mine", "alice@example.org")).toBe(own);
  expect(record("theirs", "b", { nick: "bob" })).toBe(other);
  expect(rows(opened)).toBe(2);
});

test("the network's own id tells copies apart and together", () => {
  watch("a", "b", "c");
  const second = record("ok", "a", { networkId: "n2" });
  const first = record("ok", "b", { networkId: "n1" });
  expect(second).not.toBe(first);
  expect(record("ok", "b", { networkId: "n2" })).toBe(second);
  expect(record("ok", "a", { networkId: "n1" })).toBe(first);
  // The sender's own copy has no id; it is of the oldest that it has not shown.
  expect(record("ok", "c")).toBe(second);
  expect(rows(opened)).toBe(2);
});

test("a copy with the network's id is of the sender's own without", () => {
  watch("alice@example.org", "b", "c");
  const own = record("mine", "alice@example.org");
  expect(record("mine", "b", { networkId: "n1" })).toBe(own);
  expect(record("mine", "c", { networkId: "n1" })).toBe(own);
});

test("who comes later is never given an earlier message", () => {
  watch("a", "b");
  const early = record("hi", "a");
  watch("c");
  expect(record("hi", "c")).not.toBe(early);
  expect(record("hi", "b")).toBe(early);
});

test("who watches already and watches again misses nothing", () => {
  watch("a", "b");
  const id = record("hi", "a");
  watch("b");
  expect(record("hi", "b")).toBe(id);
});

test("who left is not waited for, and comes back as a newcomer", () => {
  watch("a", "b", "c");
  const early = record("hi", "a");
  opened.store.archive.unwatch(component, room, "b");
  watch("b");
  expect(record("hi", "b")).not.toBe(early);
});

test("who stays alone is still given what the other saw before leaving", () => {
  watch("a", "b");
  const id = record("hi", "a");
  opened.store.archive.unwatch(component, room, "a");
  expect(record("hi", "b")).toBe(id);
});

test("one session alone keeps nothing in mind", () => {
  watch("a");
  const first = record("hi", "a");
  watch("b");
  expect(record("hi", "b")).not.toBe(first);
});

test("a copy that comes too late is stored", () => {
  watch("a", "b");
  const id = record("hi", "a");
  opened.clock.time += COPY_AGE;
  record("tick", "a");
  expect(record("hi", "b")).not.toBe(id);
});

test("a clock that was set back does not keep copies for ever", () => {
  const copies = new Copies();
  copies.add(said("hi"), { id: "1", sequence: 1 }, new Set(["b"]), START);
  copies.expire(START - 3_600_000);
  expect(copies.size).toBe(0);
});

test("no more copies are waited for than the bound", () => {
  const copies = new Copies();
  for (let i = 0; i < COPY_MOST + 10; i++) {
    copies.add(said(`m${i}`, { networkId: `n${i}` }), { id: String(i), sequence: i }, new Set(["b"]), START);
  }
  expect(copies.size).toBe(COPY_MOST);
  expect(copies.find(said("m9", { networkId: "n9" }), "b")).toBeUndefined();
  expect(copies.find(said("m10", { networkId: "n10" }), "b")).toEqual({ id: "10", sequence: 10 });
});

test("rooms that nobody watches are not kept in memory", () => {
  const rooms = new Rooms(opened.database);
  rooms.get(component, room).watchers.add("romeo");
  for (let i = 0; i < 3 * IDLE_ROOMS; i++) rooms.get(component, `#room${i}`);
  expect(rooms.size).toBeLessThanOrEqual(IDLE_ROOMS + 1);
  expect(rooms.get(component, room).watchers.size).toBe(1);
});
