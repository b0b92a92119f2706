import { EventEmitter } from "node:events";
import { describe, expect, it } from "vitest";
import { type Lifecycle, watchProcess } from "../../../src/ops/lifecycle.ts";
import { createLog } from "../../../src/ops/log.ts";

function setUp(life: Partial<Lifecycle> = {}) {
  const lines: string[] = [];
  const process = Object.assign(new EventEmitter(), { exit: (code: number) => exits.push(code) });
  const exits: number[] = [];
  const log = createLog(
    { level: "info", format: "line", secrets: [] },
    { write: (text) => lines.push(text) },
  );
  watchProcess(process, log, { stop: async () => {}, reload: async () => {}, ...life });
  const turn = () => new Promise((resolve) => setImmediate(resolve));
  return { process, exits, lines, turn };
}

describe("signals", () => {
  it.each(["SIGTERM", "SIGINT"])("%s stops cleanly and exits 0", async (signal) => {
    const { process, exits, lines, turn } = setUp();
    process.emit(signal);
    await turn();
    expect(exits).toEqual([0]);
    expect(lines.at(-1)).toMatch(/info {2}stopped\n$/);
  });

  it("the second one ends the process at once", async () => {
    const { process, exits } = setUp({ stop: () => new Promise(() => {}) });
    process.emit("SIGTERM");
    expect(exits).toEqual([]);
    process.emit("SIGINT");
    expect(exits).toEqual([1]);
  });

  it("SIGHUP reads the config again; a bad one changes nothing", async () => {
    let read = 0;
    const { process, exits, lines, turn } = setUp({
      reload: async () => {
        read += 1;
        throw new Error("isthmus.yaml:3: bad");
      },
    });
    process.emit("SIGHUP");
    await turn();
    expect([read, exits]).toEqual([1, []]);
    expect(lines[0]).toContain("the present one stays");
    expect(lines[0]).toContain("isthmus.yaml:3: bad");
  });

  it("a stop that fails is told, and exits 1", async () => {
    const { process, exits, turn } = setUp({ stop: () => Promise.reject(new Error("x")) });
    process.emit("SIGTERM");
    await turn();
    expect(exits).toEqual([1]);
  });
});

it.each(["uncaughtException", "unhandledRejection"])("%s is told in one line and exits 1", (event) => {
  const { process, exits, lines } = setUp();
  process.emit(event, new TypeError("x is undefined\nsecond line"));
  expect(exits).toEqual([1]);
  expect(lines).toHaveLength(1);
  expect(lines[0]?.match(/\n/g)).toHaveLength(1);
  expect(lines[0]).toContain("TypeError: x is undefined");
});
