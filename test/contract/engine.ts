import { describe } from "vitest";
import { boundsContract } from "./engine-bounds.ts";
import { crashContract } from "./engine-crashes.ts";
import { deadContract } from "./engine-dead.ts";
import type { MakeHarness } from "./engine-harness.ts";
import { laneContract } from "./engine-lanes.ts";
import { modelContract } from "./engine-model.ts";
import { parkingContract } from "./engine-parking.ts";

/** What any engine must do. An engine passes when all of this passes. */
export function engineContract(name: string, make: MakeHarness): void {
  describe(`${name} engine`, () => {
    describe("lanes", () => laneContract(make));
    describe("failures", () => parkingContract(make));
    describe("endings", () => deadContract(make));
    describe("crashes", () => crashContract(make));
    describe("bounds", () => boundsContract(make));
    describe("model", () => modelContract(make));
  });
}
