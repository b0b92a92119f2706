import { describe, expect, it } from "vitest";
import { healthRoutes } from "../../../src/ops/health.ts";

function setUp() {
  const world = {
    time: 50,
    writes: 0,
    disk: undefined as string | undefined,
    missing: [] as string[],
    ask: async (path: string) => await routes.get(path)?.(),
  };
  const write = async () => {
    world.writes += 1;
    if (world.disk !== undefined) throw new Error(world.disk);
  };
  const routes = healthRoutes({ write, missing: () => world.missing }, () => world.time);
  return world;
}

describe("/healthz", () => {
  it("is ok while writes go through, and says why when they do not", async () => {
    const world = setUp();
    expect(await world.ask("/healthz")).toEqual({ status: 200, text: "ok" });
    world.disk = "isthmus.db could not be written: the disk is full: make room";
    world.time += 1_000;
    expect(await world.ask("/healthz")).toEqual({ status: 503, text: world.disk });
    world.disk = undefined;
    world.time += 1_000;
    expect(await world.ask("/healthz")).toEqual({ status: 200, text: "ok" });
  });

  it("writes once a second at most, however often it is asked", async () => {
    const world = setUp();
    await Promise.all(Array.from({ length: 100 }, () => world.ask("/healthz")));
    world.time += 999;
    await world.ask("/healthz");
    expect(world.writes).toBe(1);
    world.time += 1;
    await world.ask("/healthz");
    expect(world.writes).toBe(2);
  });
});

it("/readyz names everything that is missing, and is right again at once", async () => {
  const world = setUp();
  expect(await world.ask("/readyz")).toEqual({ status: 200, text: "ready" });
  world.missing = ["the gateway is stopping", "irc.example.org is not connected"];
  expect(await world.ask("/readyz")).toEqual({
    status: 503,
    text: "the gateway is stopping\nirc.example.org is not connected",
  });
  world.missing = [];
  expect(await world.ask("/readyz")).toEqual({ status: 200, text: "ready" });
});
