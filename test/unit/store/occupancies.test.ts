import { afterEach, beforeEach, expect, test } from "vitest";
import { component, type Opened, openStore, room } from "./opened.ts";

const user = "romeo@example.org";
const key = { component, user, conversation: room };
const balcony = { ...key, resource: "balcony", nick: "romeo" };

let opened: Opened;
beforeEach(() => {
  opened = openStore();
});
afterEach(() => opened.close());

async function restart(): Promise<void> {
  await opened.database.flushed();
  opened = opened.reopen();
}

test("who is in which room outlives a restart", async () => {
  const orchard = { ...key, resource: "orchard", nick: "romeo", password: "cauldron" };
  opened.store.occupancies.put(balcony);
  opened.store.occupancies.put(orchard);
  opened.store.occupancies.put({ ...balcony, nick: "montague" });
  await restart();
  const all = opened.store.occupancies.all();
  expect(all).toHaveLength(2);
  expect(all).toEqual(expect.arrayContaining([{ ...balcony, nick: "montague" }, orchard]));

  opened.store.occupancies.remove(balcony);
  opened.store.occupancies.remove({ ...balcony, resource: "none" });
  await restart();
  expect(opened.store.occupancies.all()).toEqual([orchard]);
});

test("a mark is seen at once, outlives a restart and never goes back", async () => {
  const { occupancies } = opened.store;
  expect(occupancies.mark(key)).toBeUndefined();
  occupancies.setMark(key, 7);
  occupancies.setMark(key, 5);
  expect(occupancies.mark(key)).toBe(7);
  await Promise.resolve();
  await restart();
  expect(opened.store.occupancies.mark(key)).toBe(7);
  opened.store.occupancies.setMark(key, 6);
  expect(opened.store.occupancies.mark(key)).toBe(7);
  await Promise.resolve();
  opened.store.occupancies.setMark(key, 8);
  await Promise.resolve();
  await restart();
  expect(opened.store.occupancies.mark(key)).toBe(8);
});

test("each user and room has a mark of its own", () => {
  const { occupancies } = opened.store;
  occupancies.setMark(key, 1);
  occupancies.setMark({ ...key, user: "juliet@example.org" }, 2);
  occupancies.setMark({ ...key, conversation: "#other" }, 3);
  occupancies.setMark({ ...key, component: "irc2.example.org" }, 4);
  expect(occupancies.mark(key)).toBe(1);
  expect(occupancies.mark({ ...key, user: "juliet@example.org" })).toBe(2);
  expect(occupancies.mark({ ...key, conversation: "#other" })).toBe(3);
  expect(occupancies.mark({ ...key, component: "irc2.example.org" })).toBe(4);
});

test("marks of one run of the event loop ride in the turn's own commit", async () => {
  let commits = 0;
  opened.database.onCommit(() => {
    commits += 1;
  });
  const durable = opened.database.write(() => {});
  for (let i = 1; i <= 100; i++) opened.store.occupancies.setMark(key, i);
  await durable;
  expect(commits).toBe(1);
  await restart();
  expect(opened.store.occupancies.mark(key)).toBe(100);
});

test("a turn that fails takes back what it wrote, and the store goes on", async () => {
  const { occupancies } = opened.store;
  occupancies.put(balcony);
  occupancies.setMark(key, 3);
  await Promise.resolve();
  await expect(
    opened.database.write(() => {
      throw new Error("disk full");
    }),
  ).rejects.toThrow("disk full");
  expect(occupancies.all()).toEqual([]);
  expect(occupancies.mark(key)).toBeUndefined();

  occupancies.setMark(key, 4);
  await Promise.resolve();
  await restart();
  expect(opened.store.occupancies.mark(key)).toBe(4);
});
