import { describe, expect, it } from "vitest";
import { functionsOf, sources } from "./sources.ts";

const LONGEST_FILE = 400;
const HALF_OF_FILES = 120;
const MOST_FUNCTIONS = 30;

describe("sizes", () => {
  it("no file is over 400 lines", () => {
    const long = sources("src", "adapters", "test", "bench", "scripts").filter(
      ({ lines }) => lines.length > LONGEST_FILE,
    );
    expect(long.map(({ file, lines }) => `${file}: ${lines.length}`)).toEqual([]);
  });

  it("half the files are under 120 lines", () => {
    const all = sources("src", "adapters");
    const short = all.filter(({ lines }) => lines.length < HALF_OF_FILES);
    expect(short.length / all.length).toBeGreaterThanOrEqual(0.5);
  });

  it("nine functions of ten are under 30 lines", () => {
    const all = sources("src", "adapters").flatMap(functionsOf);
    const long = all.filter(({ lines }) => lines >= MOST_FUNCTIONS).sort((a, b) => b.lines - a.lines);
    const longest = long.slice(0, 10).map(({ where, lines }) => `${where} (${lines})`);
    expect(all.length).toBeGreaterThan(100);
    expect(long.length / all.length, `longest: ${longest.join(", ")}`).toBeLessThanOrEqual(0.1);
  });

  it("functions are measured from their first line to the closing brace", () => {
    const text = `
export function one(a: number): number {
  return a;
}

class Two {
  three(
    a: number,
  ): number {
    if (a > 1) {
      call(
        a,
      );
    }
    return a;
  }
}
`;
    const source = { file: "x.ts", lines: text.trim().split("\n"), imports: [] };
    expect(functionsOf(source)).toEqual([
      { where: "x.ts:1", lines: 3 },
      { where: "x.ts:6", lines: 10 },
    ]);
  });
});
