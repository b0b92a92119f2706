import fc from "fast-check";
import { expect, test } from "vitest";
import type { Envelope } from "../../../src/domain/envelope.ts";
import { Deque } from "../../../src/queue/embedded/deque.ts";
import { Groups } from "../../../src/queue/embedded/groups.ts";
import { Lane } from "../../../src/queue/embedded/lane.ts";
import {
  addHappening,
  historyMost,
  pack,
  parseHistory,
  unpack,
} from "../../../src/queue/embedded/packing.ts";
import { Parked } from "../../../src/queue/embedded/parked.ts";

const seeded = { seed: 7, numRuns: 200 };

test("a deque answers as an array does", () => {
  const step = fc.oneof(
    fc.record({ push: fc.integer({ min: 1, max: 3_000 }) }),
    fc.record({ drop: fc.nat(3_000) }),
    fc.constant({ shift: true }),
    fc.constant({ pop: true }),
  );
  fc.assert(
    fc.property(fc.array(step, { maxLength: 30 }), (steps) => {
      const deque = new Deque<number>();
      let array: number[] = [];
      let next = 0;
      for (const one of steps) {
        if ("push" in one) {
          for (let count = 0; count < one.push; count += 1) {
            array.push(next);
            deque.push(next);
            next += 1;
          }
        } else if ("drop" in one) {
          deque.drop(one.drop);
          array = array.slice(one.drop);
        } else if ("shift" in one) {
          expect(deque.shift()).toBe(array.shift());
        } else {
          expect(deque.pop()).toBe(array.pop());
        }
        expect([deque.length, deque.at(0), deque.at(array.length - 1)]).toEqual([
          array.length,
          array[0],
          array.at(-1),
        ]);
        expect(deque.front(5)).toEqual(array.slice(0, 5));
      }
    }),
    seeded,
  );
});

test("parked lanes come out by the time they are due, whatever was moved or taken out", () => {
  fc.assert(
    fc.property(
      fc.array(fc.tuple(fc.nat(40), fc.nat(1_000)), { minLength: 50, maxLength: 200 }),
      (changes) => {
        const parked = new Parked();
        const lanes = Array.from({ length: 41 }, (_, index) => new Lane(`${index}`));
        for (const [index, due] of changes) {
          const lane = lanes[index] as Lane;
          if (due % 5 === 0) parked.remove(lane);
          else parked.put(Object.assign(lane, { due }));
        }
        const expected = lanes.filter(({ place }) => place >= 0).map(({ due }) => due);
        expect(parked.size).toBe(expected.length);
        const out: number[] = [];
        for (let lane = parked.first; lane !== undefined; lane = parked.first) {
          out.push(lane.due);
          parked.remove(lane);
        }
        expect(out).toEqual(expected.toSorted((a, b) => a - b));
      },
    ),
    seeded,
  );
});

test("parked lanes are found by any beginning of their keys", () => {
  const part = fc.constantFrom("a", "b", "ab");
  const key = fc.tuple(fc.constantFrom("in", "out"), part, part, part).map((parts) => parts.join(" "));
  const prefix = fc.tuple(key, fc.nat(12)).map(([of, length]) => of.slice(0, length));
  fc.assert(
    fc.property(fc.uniqueArray(key), fc.array(fc.nat(20)), prefix, (keys, taken, start) => {
      const groups = new Groups();
      const lanes = new Map(keys.map((one) => [one, new Lane(one)]));
      for (const lane of lanes.values()) for (let twice = 0; twice < 2; twice += 1) groups.add(lane);
      for (const index of taken) {
        const lane = lanes.get(keys[index] ?? "");
        if (lane !== undefined) groups.remove(lane);
        lanes.delete(keys[index] ?? "");
      }
      const found = groups.beginning(start).map((lane) => lane.key);
      expect(found.toSorted()).toEqual([...lanes.keys()].filter((one) => one.startsWith(start)).toSorted());
    }),
    seeded,
  );
});

test("an envelope is unpacked as it was packed", () => {
  const envelope = fc.record(
    {
      id: fc.string(),
      lane: fc.string(),
      at: fc.nat(),
      deadline: fc.nat(),
      dedupe: fc.string(),
      body: fc.jsonValue(),
    },
    { requiredKeys: ["id", "lane", "at", "deadline", "body"] },
  );
  fc.assert(
    fc.property(envelope, (one) => {
      const plain = JSON.parse(JSON.stringify(one));
      expect(unpack(one.lane, pack(one))).toEqual(plain);
    }),
    seeded,
  );
});

test.for([
  { at: Number.NaN },
  { deadline: Number.POSITIVE_INFINITY },
  { body: undefined },
  { id: '"', dedupe: "\ud800" },
  { at: -0, deadline: 1e21 },
])("an envelope is packed as JSON has it: %j", (odd) => {
  const one = { id: "id", lane: "lane", at: 1, deadline: 2, body: { a: [undefined] }, ...odd };
  const { id, at, deadline, dedupe, body } = one as Envelope;
  expect(JSON.parse(pack(one))).toEqual(JSON.parse(JSON.stringify([id, at, deadline, dedupe ?? null, body])));
});

test.for(["", "{", "null", "{}", "[]", '["id"]', "[1,2,3,null,4]"])("%j is no envelope", (data) => {
  expect(() => unpack("lane", data)).toThrow();
});

test("a history keeps the last ten, no repetitions, no endless text, and survives damage", () => {
  let history = addHappening(undefined, 1, "x".repeat(1_000));
  expect(history[0]?.what.length).toBe(301);
  for (let index = 0; index < 30; index += 1) history = addHappening(history, index, `failure ${index >> 1}`);
  expect(history).toHaveLength(historyMost);
  expect(history.at(-1)).toEqual({ at: 28, what: "failure 14" });
  expect(parseHistory(JSON.stringify(history))).toEqual(history);
  expect(parseHistory("{")).toEqual([]);
  expect(parseHistory("{}")).toEqual([]);
});
