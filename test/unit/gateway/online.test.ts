import { afterEach, expect, it } from "vitest";
import { World } from "./world.ts";

let world: World;
afterEach(() => world.end());

it("a gateway is online while its link is, and what the break left is sorted out", async () => {
  world = new World();
  expect(world.gateway.online).toBe(false);
  await world.start();
  expect(world.gateway.online).toBe(true);
  world.link.goOffline();
  expect(world.gateway.online).toBe(false);
  world.link.goOnline();
  await world.settle();
  expect(world.gateway.online).toBe(true);
});
