import type { Reporter, TestCase, TestModule, Vitest } from "vitest/node";

/**
 * Ends a run with one line, `N passed, N failed, N skipped`, after naming each skip's reason. A
 * skip without a reason, a file that does not load and an error outside of any test are failures.
 */
export class SummaryReporter implements Reporter {
  private filtered = false;

  onInit(vitest: Vitest): void {
    this.filtered = vitest.config.testNamePattern !== undefined;
  }

  onTestRunEnd(modules: readonly TestModule[], unhandled: readonly unknown[]): void {
    const tests = modules.flatMap((module) => [...module.children.allTests()]);
    // What `-t` leaves out was not asked for.
    const asked = (test: TestCase) => !this.filtered || reason(test) !== undefined;
    const skipped = tests.filter((test) => test.result().state === "skipped" && asked(test));
    const unexplained = skipped.filter((test) => reason(test) === undefined);
    const broken = modules.flatMap((module) => [...module.errors(), ...suiteErrors(module)]);
    const failed = tests.filter((test) => test.result().state === "failed").length;
    for (const test of skipped) print(`skipped: ${test.fullName}: ${reason(test) ?? "NO REASON GIVEN"}`);
    if (unexplained.length > 0) process.exitCode = 1;
    const bad = failed + unexplained.length + broken.length + unhandled.length;
    const passed = tests.filter((test) => test.result().state === "passed").length;
    print(`${passed} passed, ${bad} failed, ${skipped.length - unexplained.length} skipped`);
  }
}

/** What `context.skip("…")` was given. */
function reason(test: TestCase): string | undefined {
  const result = test.result();
  return result.state === "skipped" ? result.note : undefined;
}

/** A hook that failed around tests which then never ran. */
function suiteErrors(module: TestModule): readonly unknown[] {
  return [...module.children.allSuites()].flatMap((suite) => [...suite.errors()]);
}

function print(line: string): void {
  process.stdout.write(`${line}\n`);
}
