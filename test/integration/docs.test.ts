import { existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { adapter as irc } from "../../adapters/irc/index.ts";
import { SERVERS, snippets } from "../../src/cli/snippets.ts";
import { parseConfig } from "../../src/config/load.ts";
import { systemClock } from "../../src/ops/clock.ts";
import { isthmus } from "../support/isthmus.ts";
import { makeFolder, removeFolder } from "../support/process.ts";

/** What the documentation shows is what the code does. */

const root = join(import.meta.dirname, "../..");
const pages = [
  "README.md",
  ...readdirSync(join(root, "docs"))
    .filter((name) => name.endsWith(".md"))
    .map((name) => `docs/${name}`),
];
const read = (page: string) => readFileSync(join(root, page), "utf8");

/** Code blocks whose first line is ```LANGUAGE exactly. */
function blocks(language: string): [string, string][] {
  return pages.flatMap((page) =>
    [...read(page).matchAll(/^```([^\n]*)\n(.*?)^```$/gms)]
      .filter((match) => match[1] === language)
      .map((match): [string, string] => [page, match[2] ?? ""]),
  );
}

const folder = makeFolder("docs");
afterAll(() => removeFolder(folder));
const log = { debug() {}, info() {}, warn() {}, error() {} };

describe("every config shown is one", () => {
  writeFileSync(join(folder, "irc.secret"), "pale-moon\n");
  const env = { IRC_SECRET: "pale-moon", IRC_SERVER_PASSWORD: "p1", IRC_SASL_PASSWORD: "p2" };
  const shown = blocks("yaml");

  it("and there are some", () => expect(shown.length).toBeGreaterThan(3));

  it.each(shown)("%s", (_page, text) => {
    const { components } = parseConfig(text, join(folder, "isthmus.yaml"), env);
    for (const { domain, adapter, options } of components) {
      expect(adapter).toBe("irc");
      const context = { domain, log, clock: systemClock, random: () => 0.5 };
      expect(() => irc.create(options, context)).not.toThrow();
    }
  });
});

describe("every command shown exists", () => {
  const commands = blocks("sh")
    .flatMap(([, text]) => text.split("\n"))
    .map((line) => /^(?:npm run isthmus -- |isthmus )(\w+)(.*?)(?:#.*)?$/.exec(line))
    .filter((match) => match !== null)
    .map((match): [string, string] => [match[1] ?? "", match[2] ?? ""]);

  it("and there are some", () => expect(commands.length).toBeGreaterThan(8));

  it.each([...new Map(commands.map((command) => [command.join(" "), command])).values()])(
    "isthmus %s%s",
    async (name, rest) => {
      const [word = ""] = rest.trim().split(" ");
      const sub = /^[a-z]+$/.test(word) ? [word] : [];
      const { code, out } = await isthmus([name, ...sub, "--help"], { cwd: folder });
      expect(code).toBe(0);
      expect(out).toContain(`Usage: isthmus ${[name, ...sub].join(" ")}`);
      const parent = sub.length === 0 ? out : (await isthmus([name, "--help"], { cwd: folder })).out;
      for (const option of rest.match(/--[a-z-]+/g) ?? []) expect(out + parent).toContain(option);
    },
  );
});

describe("the snippets for XMPP servers", () => {
  const answers = { component: "irc.example.org", secret: "THE-SECRET", host: "127.0.0.1" };

  it.each(SERVERS)("config/snippets has what init writes: %s", (server) => {
    const { file, port, text } = snippets[server];
    expect(read(`config/snippets/${file}`)).toBe(text({ ...answers, port }));
  });

  it("the README shows the same", () => {
    const withoutComments = (text: string) => text.replace(/^(--|#).*\n/gm, "");
    const shown = (language: string) => blocks(language).map(([, text]) => text);
    expect(shown("lua")).toContain(withoutComments(snippets.prosody.text({ ...answers, port: 5347 })));
    expect(shown("yaml ejabberd")).toContain(
      withoutComments(snippets.ejabberd.text({ ...answers, port: 5347 })),
    );
  });
});

it.each(pages)("every link of %s leads somewhere", (page) => {
  const links = [...read(page).matchAll(/\]\((?!https?:)([^)#\s]+)(?:#[^)]*)?\)/g)].map(
    (match) => match[1] ?? "",
  );
  const missing = links.filter((link) => !existsSync(join(root, dirname(page), link)));
  expect(missing).toEqual([]);
});

// The sentences are what people search for: they have to be the code's own.
it("the errors that users are shown are the code's", () => {
  const sources = ["src/gateway", "adapters/irc"].flatMap((name) =>
    readdirSync(join(root, name)).map((file) => readFileSync(join(root, name, file), "utf8")),
  );
  const code = sources.join("\n");
  const table = read("docs/users.md").split("## What the errors mean")[1] ?? "";
  const sentences = [...table.matchAll(/^\| (?!it says|---)([^|]+) \|/gm)].map((match) => match[1] ?? "");
  expect(sentences.length).toBeGreaterThan(15);
  const unknown = sentences.filter((sentence) => {
    const parts = sentence
      .replace(/#chat|alice|…/g, "\u0000")
      .replace("within 5 minutes", "within \u0000")
      .split("\u0000")
      .map((part) => part.trim().replace(/^[:,]\s*/, ""));
    return parts.some((part) => part.length > 3 && !code.includes(part));
  });
  expect(unknown).toEqual([]);
});
