import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { parse } from "yaml";
import { editorSchema, exampleYaml, referenceTable } from "../../../src/config/document.ts";
import { parseConfig } from "../../../src/config/load.ts";

const root = join(import.meta.dirname, "../../..");
const read = (name: string) => readFileSync(join(root, name), "utf8");

describe("what is made from the schema is up to date (npm run generate)", () => {
  it("the example file", () => expect(read("config/isthmus.example.yaml")).toBe(exampleYaml()));
  it("the schema for editors", () => expect(read("config/isthmus.schema.json")).toBe(editorSchema()));
  it("the reference in the documentation", () =>
    expect(read("docs/operators.md")).toContain(referenceTable()));
});

describe("the example file", () => {
  const env = { IRC_SECRET: "pale-moon" };

  it("is a config as it stands", () => {
    const { components } = parseConfig(exampleYaml(), "isthmus.yaml", env);
    expect(components).toMatchObject([{ domain: "irc.example.org", secret: "pale-moon", adapter: "irc" }]);
  });

  it("shows the defaults: with every key uncommented it means the same, but for what has no default", () => {
    const lines = exampleYaml().split("\n");
    const start = lines.findIndex((line) => line.startsWith("components:"));
    const keys = lines
      .slice(start)
      .map((line) => line.replace(/^#(?! )|^#(?= {2})/, "").replace(/^( {4})# ([a-z_]+: )/, "$1$2"));
    const full = parseConfig(keys.join("\n"), "isthmus.yaml", env);
    const least = parseConfig(exampleYaml(), "isthmus.yaml", env);
    expect({ ...full.config, http: {}, components: [] }).toEqual({ ...least.config, components: [] });
    expect(full.config.http).toEqual({ listen: "127.0.0.1:8080", public_url: "https://gw.example.org" });
    expect(Object.keys(parse(keys.join("\n")))).toHaveLength(Object.keys(full.config).length);
  });
});
