// biome-ignore-all lint/suspicious/noTemplateCurlyInString: it is the config's own notation
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { afterAll, describe, expect, it } from "vitest";
import { loadConfig, parseConfig } from "../../../src/config/load.ts";
import { UserError } from "../../../src/domain/errors.ts";

const folder = mkdtempSync(join(tmpdir(), "isthmus-config-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const file = join(folder, "isthmus.yaml");
const component = "components:\n  - domain: irc.example.org\n    secret: pale-moon\n    adapter: irc\n";

function load(text: string, env: Record<string, string> = {}) {
  return parseConfig(text, file, env);
}

/** The lines that a config is refused with, the folder left out. */
function refused(text: string, env: Record<string, string> = {}): string[] {
  try {
    load(text, env);
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    return error.message.replaceAll(`${folder}/`, "").split("\n");
  }
  return [];
}

describe("a config that is right", () => {
  it("needs one component, and has a default for all else", () => {
    const loaded = load(component);
    expect(loaded.dataDir).toBe(join(folder, "data"));
    expect(loaded.config.queue.limits.backoff_most).toBe(300_000);
    expect(loaded.components).toMatchObject([
      {
        domain: "irc.example.org",
        allow: ["example.org"],
        host: "127.0.0.1",
        port: 5347,
        place: `${file}:2`,
      },
    ]);
  });

  it("takes durations as text and as milliseconds", () => {
    const { config } = load(`${component}archive: {max_age: 1.5h}\nxmpp: {limits: {ping_timeout: 250}}\n`);
    expect(config.archive.max_age).toBe(5_400_000);
    expect(config.xmpp.limits.ping_timeout).toBe(250);
  });

  it("takes a component to another XMPP server", () => {
    const loaded = load(`${component}    xmpp: {host: 10.0.0.2}\nxmpp: {port: 5275}\n`);
    expect(loaded.components).toMatchObject([{ host: "10.0.0.2", port: 5275 }]);
  });

  it("listens nowhere unless it says so", () => {
    expect(load(component).config.http).toEqual({});
    const http = { listen: ":8080", public_url: "https://gw.example.org/isthmus" };
    expect(load(`${component}http: ${JSON.stringify(http)}\n`).config.http).toEqual(http);
  });

  it("has domains in lower case", () => {
    expect(load(component.replace("irc.example", "IRC.Example")).components[0]?.domain).toBe(
      "irc.example.org",
    );
  });
});

describe("secrets", () => {
  it("come from the environment, in any text", () => {
    const loaded = load(
      component.replace("pale-moon", () => '"a-${A}-$${B}"'),
      { A: "one" },
    );
    expect(loaded.components[0]?.secret).toBe("a-one-${B}");
  });

  it("come from files, without the last line break", () => {
    writeFileSync(join(folder, "secret"), "from a file\n");
    for (const line of ["secret_file: secret", "secret: {file: secret}"]) {
      expect(load(component.replace("secret: pale-moon", line)).components[0]?.secret).toBe("from a file");
    }
  });

  it("are known, those of adapters too, so that the log keeps them out", () => {
    const options = "    options: {servers: {a.example: {password: p1, sasl: {password: p2}}}}\n";
    expect(load(component + options).secrets).toEqual(["pale-moon", "p1", "p2"]);
  });

  it("that are not there are named with the cure", () => {
    expect(refused(component.replace("pale-moon", "${IRC_SECRET}"))).toEqual([
      "isthmus.yaml:3: components[0].secret: the environment variable IRC_SECRET is not set; set it, or use {file: PATH}, or write $${IRC_SECRET} to mean the text itself",
    ]);
    expect(refused(component.replace("secret: pale-moon", "secret_file: none"))).toEqual([
      "isthmus.yaml:3: components[0].secret_file: cannot read none: there is no such file or folder; name a file that this user can read",
    ]);
    expect(refused(component.replace("secret: pale-moon", "secret: {file: .}"))).toEqual([
      `isthmus.yaml:3: components[0].secret: cannot read ${folder}: it is a folder; name a file that this user can read`,
    ]);
  });
});

describe("a config that is wrong is refused in one line each", () => {
  it.each([
    [
      "unknown key",
      `data_dri: x\n${component}`,
      'isthmus.yaml:1: data_dri: there is no such key; did you mean "data_dir"?',
    ],
    [
      "unknown key below",
      `${component}    secrte: x\n`,
      'isthmus.yaml:5: components[0].secrte: there is no such key; did you mean "secret"?',
    ],
    [
      "unknown key like no other",
      `${component}log: {colour: red}\n`,
      "isthmus.yaml:5: log.colour: there is no such key; remove it, or use one of level, format",
    ],
    [
      "wrong type",
      `${component}xmpp: {port: abc}\n`,
      'isthmus.yaml:5: xmpp.port: expected a number, not "abc"',
    ],
    [
      "number for text",
      component.replace("pale-moon", "12345"),
      "isthmus.yaml:3: components[0].secret: expected text (in quotes where it looks like a number), not 12345",
    ],
    [
      "no such choice",
      `${component}log: {level: loud}\n`,
      'isthmus.yaml:5: log.level: expected debug or info or warn or error, not "loud"',
    ],
    [
      "an engine to come",
      `${component}queue: {engine: redis}\n`,
      'isthmus.yaml:5: queue.engine: this release has the embedded engine only; write "engine: embedded" without a url, or leave both keys out',
    ],
    [
      "an engine to come, with its url",
      `${component}queue: {engine: redis, url: "redis://127.0.0.1:6379"}\n`,
      'isthmus.yaml:5: queue.engine: this release has the embedded engine only; write "engine: embedded" without a url, or leave both keys out',
    ],
    [
      "an engine that there is not",
      `${component}queue: {engine: kafka}\n`,
      'isthmus.yaml:5: queue.engine: expected embedded, not "kafka"',
    ],
    [
      "the url of no engine",
      `${component}queue: {url: x}\n`,
      "isthmus.yaml:5: queue.url: there is no such key; remove it, or use one of engine, limits",
    ],
    [
      "a port without its colon",
      `${component}http: {listen: "8080"}\n`,
      'isthmus.yaml:5: http.listen: expected HOST:PORT such as "127.0.0.1:8080", or ":8080" for all addresses',
    ],
    [
      "no address for others",
      `${component}http: {public_url: gw.example.org}\n`,
      'isthmus.yaml:5: http.public_url: expected an address such as "https://gw.example.org", without user, query or #',
    ],
    [
      "a key that nothing uses",
      `admins: []\n${component}`,
      "isthmus.yaml:1: admins: there is no such key; remove it, or use one of data_dir, xmpp, queue, http, archive, gateway, log, contacts, components",
    ],
    [
      "not a duration",
      `${component}archive: {max_age: 5 minutes}\n`,
      'isthmus.yaml:5: archive.max_age: expected a duration such as "30s", "5m" or "7d", or a number of milliseconds',
    ],
    [
      "out of range",
      `${component}xmpp: {port: 99999}\n`,
      "isthmus.yaml:5: xmpp.port: expected at most 65535",
    ],
    [
      "empty",
      `${component}xmpp:\n`,
      "isthmus.yaml:5: xmpp: it is empty; give it a value, or leave the key out for its default",
    ],
    [
      "secret missing",
      component.replace("    secret: pale-moon\n", ""),
      "isthmus.yaml:2: components[0].secret: missing; add it: The secret that the XMPP server has for this component. Better by `${NAME}` or `secret_file`.",
    ],
    [
      "no component",
      "components: []\n",
      "isthmus.yaml:1: components: the list is empty; give it at least one entry",
    ],
    [
      "one domain twice",
      `${component}  - {domain: IRC.example.org, secret: x, adapter: irc}\n`,
      "isthmus.yaml:5: components[1].domain: irc.example.org is the domain of components[0] already; give each component one of its own",
    ],
    [
      "no parent domain",
      component.replace("irc.example.org", "irc"),
      "isthmus.yaml:2: components[0].allow: missing, and irc has no parent domain to take; list the domains whose users may use it",
    ],
    [
      "not a domain",
      component.replace("irc.example.org", "https://irc"),
      'isthmus.yaml:2: components[0].domain: expected a domain such as "irc.example.org"',
    ],
    ["a list at the top", "- a\n", "isthmus.yaml:1: expected keys with values, not a list"],
  ])("%s", (_name, text, line) => {
    expect(refused(text)).toEqual([line]);
  });

  it("says the line of bad YAML", () => {
    expect(refused(`${component}log: {level: info\n`)[0]).toMatch(/^isthmus\.yaml:\d+: not valid YAML: /);
    expect(refused("a: 1\na: 2\n")[0]).toMatch(/^isthmus\.yaml:2: not valid YAML: Map keys must be unique; /);
  });

  it("shows several at a time, but not a flood", () => {
    const text = `${component}${Array.from({ length: 40 }, (_, i) => `zzz${i}: 1\n`).join("")}`;
    const lines = refused(text);
    expect(lines).toHaveLength(21);
    expect(lines.at(-1)).toBe("isthmus.yaml: and 20 more");
  });

  it("never shows a text that may be a secret", () => {
    expect(refused(`${component}xmpp: {port: "Tr0ub4dor&3!"}\n`)).toEqual([
      "isthmus.yaml:5: xmpp.port: expected a number, not this text",
    ]);
  });

  it("names the file that cannot be read, and the cure", () => {
    expect(() => loadConfig(join(folder, "none.yaml"))).toThrow(
      `${folder}/none.yaml: cannot read the config: there is no such file or folder; name it with --config FILE, or make one with: isthmus init`,
    );
  });
});

it("whatever stands in the file, the answer is a config or a UserError", () => {
  const yamlish = fc.array(
    fc.oneof(
      fc.string({ maxLength: 12 }),
      fc.constantFrom(
        "components:\n",
        "  - domain: a.b\n",
        "xmpp: ",
        "{",
        "}",
        "- ",
        "&a",
        "*a",
        "!!js ",
        "${X}",
        "\n",
      ),
    ),
    { maxLength: 12 },
  );
  fc.assert(
    fc.property(yamlish, (parts) => {
      try {
        load(parts.join(""));
      } catch (error) {
        if (!(error instanceof UserError)) throw error;
      }
    }),
    { seed: 20261121, numRuns: 500 },
  );
});
