import fc from "fast-check";
import { afterAll, beforeAll, expect, test } from "vitest";
import { component, type Opened, openStore, rows, said } from "./opened.ts";

/** What one network's room carries, and when each of the gateway's sessions is in it. */
interface Scenario {
  /** `sender` is a session's number, or one beyond them: somebody on the network. */
  readonly messages: readonly { readonly sender: number; readonly text: string; readonly pong: number }[];
  /** Positions in `messages`: in from the first (inclusive) to the second (exclusive). */
  readonly stays: readonly (readonly [number, number])[];
  readonly numbered: boolean;
  /** Which session goes on next. */
  readonly picks: readonly number[];
}

/** One thing that a session does; `position` is how much was said before it came. */
type Step =
  | { readonly what: "watch"; readonly position: number }
  | { readonly what: "unwatch" }
  | { readonly what: "record"; readonly message: number };

const scenario: fc.Arbitrary<Scenario> = fc
  .tuple(fc.integer({ min: 1, max: 4 }), fc.integer({ min: 1, max: 30 }))
  .chain(([sessions, count]) =>
    fc.record({
      messages: fc.array(
        fc.record({
          sender: fc.integer({ min: 0, max: sessions + 1 }),
          text: fc.constantFrom("ok", "hi", "x"),
          pong: fc.integer({ min: 0, max: 4 }),
        }),
        { minLength: count, maxLength: count },
      ),
      stays: fc.array(
        fc
          .tuple(fc.integer({ min: 0, max: count }), fc.integer({ min: 0, max: count }))
          .map(([one, other]): [number, number] => (one < other ? [one, other] : [other, count])),
        { minLength: sessions, maxLength: sessions },
      ),
      numbered: fc.boolean(),
      picks: fc.array(fc.nat({ max: 3 }), { minLength: 300, maxLength: 300 }),
    }),
  );

/** What a session does, in its own order: its own messages are recorded at the PONG, later but in order. */
function stepsOf(run: Scenario, session: number, settled: boolean): Step[] {
  const [from, to] = run.stays[session] ?? [0, 0];
  const steps: Step[] = [{ what: "watch", position: from }];
  const own: { message: number; due: number }[] = [];
  const confirm = (position: number) => {
    while (own[0] !== undefined && own[0].due <= position) {
      steps.push({ what: "record", message: own[0].message });
      own.shift();
    }
  };
  for (let message = from; message < to; message++) {
    // Where joins are settled, no message of one's own waits for its PONG while somebody joins.
    if (settled && run.stays.some(([join]) => join === message)) confirm(Number.POSITIVE_INFINITY);
    const { sender, pong } = run.messages[message] ?? { sender: -1, pong: 0 };
    if (sender === session) own.push({ message, due: message + pong });
    else steps.push({ what: "record", message });
    confirm(message);
  }
  confirm(Number.POSITIVE_INFINITY);
  steps.push({ what: "unwatch" });
  return steps;
}

/** Plays all sessions' steps in some interleaving; what each session was told about each message. */
function play(run: Scenario, room: string, settled: boolean): Map<number, string[]> {
  const ids = new Map<number, string[]>();
  const queues = run.stays.map((_, session) => stepsOf(run, session, settled));
  const take = (session: number) => {
    const step = queues[session]?.[0];
    if (step === undefined) return;
    // Where joins are settled, what was said before a join is everywhere before it.
    if (settled && step.what === "watch") catchUp(session, step.position);
    // Nobody shows what was said after a join before the join itself is known.
    if (step.what === "record") joinBefore(step.message);
    queues[session]?.shift();
    perform(run, room, session, step, ids);
  };
  const joinBefore = (message: number) => {
    for (const [other, queue] of queues.entries()) {
      if (queue[0]?.what === "watch" && queue[0].position <= message) take(other);
    }
  };
  const catchUp = (joining: number, position: number) => {
    for (const [other, queue] of queues.entries()) {
      if (other === joining) continue;
      while (lags(queue, position)) take(other);
    }
  };
  for (const pick of run.picks) take(pick % queues.length);
  for (const [session, queue] of queues.entries()) while (queue.length > 0) take(session);
  return ids;
}

/** Whether something said before `position` is still to come from this session. */
function lags(queue: readonly Step[], position: number): boolean {
  return queue.some((step) => step.what === "record" && step.message < position);
}

function perform(run: Scenario, room: string, session: number, step: Step, ids: Map<number, string[]>): void {
  const { archive } = opened.store;
  const user = `user${session}@example.org`;
  if (step.what === "watch") archive.watch(component, room, user);
  if (step.what === "unwatch") archive.unwatch(component, room, user);
  if (step.what !== "record") return;
  const { sender, text } = run.messages[step.message] ?? { sender: 0, text: "" };
  const numbered = run.numbered && sender !== session ? { networkId: `n${step.message}` } : {};
  const { id } = archive.record(said(text, { conversation: room, nick: `nick${sender}`, ...numbered }), user);
  ids.set(step.message, [...(ids.get(step.message) ?? []), id]);
}

/** Every run has a room of its own in one file. */
let opened: Opened;
let runs = 0;
beforeAll(() => {
  opened = openStore();
});
afterAll(() => opened.close());

function holds(run: Scenario, settled: boolean): void {
  const room = `#room${runs++}`;
  const before = rows(opened, room);
  const ids = play(run, room, settled);
  expect(rows(opened, room) - before).toBe(ids.size);
  if (!settled) return;
  for (const [message, all] of ids) expect([message, new Set(all).size]).toEqual([message, 1]);
  expect(new Set([...ids.values()].flat()).size).toBe(ids.size);
}

test("however sessions come, go and interleave: one stored copy of each message, one id for all", () => {
  fc.assert(
    fc.property(scenario, (run) => holds(run, true)),
    { seed: 45, numRuns: 1_500 },
  );
});

test("sessions that join while the others lag: one stored copy of each message", () => {
  const stayers = scenario.map((run) => ({
    ...run,
    stays: run.stays.map(([from]): [number, number] => [from, run.messages.length]),
  }));
  fc.assert(
    fc.property(stayers, (run) => holds(run, false)),
    { seed: 46, numRuns: 1_500 },
  );
});
