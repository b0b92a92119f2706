import { defineConfig } from "vitest/config";
import { SummaryReporter } from "./test/support/reporter.ts";

/** Servers start in hooks and in tests; on two busy cores that takes its time. */
const withServers = { testTimeout: 60_000, hookTimeout: 60_000, pool: "forks" as const };

/** What fails fast comes first; then all that starts servers, so that one long wait overlaps with the rest. */
const group = (name: string, order: number, options: object, ...folders: string[]) => ({
  extends: true as const,
  test: {
    name,
    include: folders.map((folder) => `test/${folder}/**/*.test.ts`),
    sequence: { groupOrder: order },
    ...options,
  },
});

export default defineConfig({
  test: {
    maxWorkers: 2,
    reporters: ["default", new SummaryReporter()],
    projects: [
      group("unit", 0, { pool: "threads", testTimeout: 15_000, hookTimeout: 15_000 }, "unit"),
      group("integration", 1, withServers, "contract", "integration"),
      group("e2e", 1, withServers, "e2e"),
      group("fault", 1, { ...withServers, testTimeout: 180_000 }, "fault"),
    ],
  },
});
