import { engineContract } from "./engine.ts";
import { EmbeddedHarness } from "./engine-embedded-harness.ts";

engineContract("embedded", async () => new EmbeddedHarness());
