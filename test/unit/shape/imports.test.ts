import { describe, expect, it } from "vitest";
import { broken, LAYERS } from "./layers.ts";
import { type Source, sources } from "./sources.ts";

const all = sources("src", "adapters");
const layerOf = (file: string) => LAYERS.find((layer) => layer.of.test(file));

describe("who may import whom", () => {
  it("gives every file a layer", () => {
    expect(all.map((source) => source.file).filter((file) => layerOf(file) === undefined)).toEqual([]);
  });

  it("is kept by every import", () => {
    const wrong = all.flatMap((source) => {
      const layer = layerOf(source.file);
      if (layer === undefined) return [];
      return source.imports.flatMap((one) => {
        const why = broken(layer, one);
        return why === undefined ? [] : [`${source.file}: ${why}`];
      });
    });
    expect(wrong).toEqual([]);
  });

  it("has nobody but the program import the program", () => {
    const wrong = all.filter(
      (source) =>
        layerOf(source.file)?.name !== "program" &&
        source.imports.some((one) => one.ours && layerOf(one.target)?.name === "program"),
    );
    expect(wrong.map((source) => source.file)).toEqual([]);
  });

  it("has no cycle", () => {
    expect(cycle(all)).toBeUndefined();
  });
});

describe("a rule", () => {
  const rule = (file: string, target: string, typeOnly = false) => {
    const layer = layerOf(file);
    return layer && broken(layer, { target, ours: !target.startsWith("@"), typeOnly });
  };

  it("is broken by an adapter that reaches into the queue, and by a store that knows the link", () => {
    expect(rule("adapters/irc/session.ts", "src/queue/engine.ts")).toBe(
      "IRC may not import src/queue/engine.ts",
    );
    expect(rule("src/store/archive.ts", "src/xmpp/link.ts")).toBe("store may not import src/xmpp/link.ts");
    expect(rule("src/gateway/rooms.ts", "@xmpp/component")).toBe("gateway may not use @xmpp/component");
    expect(rule("src/xmpp/stream.ts", "src/adapter.ts")).toBe(
      "xmpp may import only types from src/adapter.ts",
    );
  });

  it("is kept by types of the contract and by interfaces", () => {
    expect(rule("src/xmpp/stream.ts", "src/adapter.ts", true)).toBeUndefined();
    expect(rule("src/gateway/rooms.ts", "src/store/store.ts")).toBeUndefined();
  });
});

describe("a module", () => {
  it("exports by name", () => {
    expect(
      all.filter((source) => source.lines.some((line) => line.startsWith("export default"))).map(file),
    ).toEqual([]);
  });

  it("names the file that it imports, with its ending", () => {
    const wrong = all.filter((source) =>
      source.imports.some((one) => one.ours && !one.target.endsWith(".ts")),
    );
    expect(wrong.map(file)).toEqual([]);
  });
});

function file(source: Source): string {
  return source.file;
}

/** The first cycle found, as a path that ends where it began. */
function cycle(all: readonly Source[]): string[] | undefined {
  const targets = new Map(
    all.map((source) => [source.file, source.imports.filter((one) => one.ours).map((one) => one.target)]),
  );
  const done = new Set<string>();
  const visit = (at: string, path: string[]): string[] | undefined => {
    if (path.includes(at)) return [...path.slice(path.indexOf(at)), at];
    if (done.has(at)) return undefined;
    for (const next of targets.get(at) ?? []) {
      const found = visit(next, [...path, at]);
      if (found !== undefined) return found;
    }
    done.add(at);
    return undefined;
  };
  for (const source of all) {
    const found = visit(source.file, []);
    if (found !== undefined) return found;
  }
  return undefined;
}
