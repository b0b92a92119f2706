import fc from "fast-check";
import { parseOptions } from "../../adapters/irc/config.ts";
import { exampleYaml } from "../../src/config/document.ts";
import { parseListen } from "../../src/config/listen.ts";
import { parseConfig } from "../../src/config/load.ts";
import { laneKey, parseLaneKey } from "../../src/domain/envelope.ts";
import { UserError } from "../../src/domain/errors.ts";
import { addHappening, pack, parseHistory, unpack } from "../../src/queue/embedded/packing.ts";
import { joined, mutated } from "./mutations.ts";
import { holds, same, target } from "./target.ts";

// biome-ignore-start lint/suspicious/noTemplateCurlyInString: the config's own form of a variable
const CONFIGS = [
  exampleYaml(),
  "data_dir: ./data\nxmpp: { host: 127.0.0.1, port: 5347 }\ncomponents:\n  - domain: irc.example.org\n    secret: ${IRC_SECRET}\n    adapter: irc\n    options: { servers: { irc.x: { port: 6667, tls: false, flood: off } } }\n",
  "a: &a [1, 2]\nb: *a\nc: !!binary aGk=\nd: |\n  text\n---\ne: {}\n",
];
const YAML = [
  ...": - ? , [ ] { } & * ! | > ' \" # % @ ` --- ... !!str !!float <<: *a &a ~ null true .inf 0x1f 1e999 ${A} ${A:-b} __proto__: components: secret: 5m".split(
    " ",
  ),
  ..." |\n|\n  |\n    - |\t|\r|\0|\ufeff|é|\ud800".split("|"),
]; // biome-ignore-end lint/suspicious/noTemplateCurlyInString: the config's own form of a variable

/**
 * It is the operator who writes it, so that it is no attack; the YAML library takes longer with the
 * square of the mistakes.
 */
const LONGEST = 4_800;

const yaml = fc.oneof(mutated(CONFIGS, YAML), joined(YAML, 60)).map((text) => text.slice(0, LONGEST));

/** A config, or a UserError that names the file: never anything else. */
export const configs = target("config", yaml, (input) => {
  parseListen(input);
  const loaded = orRefused(
    () => parseConfig(input, "isthmus.yaml", { IRC_SECRET: "s", A: "a" }),
    /^isthmus\.yaml/,
  );
  for (const component of loaded?.components ?? []) orRefused(() => parseOptions(component.options), /./);
});

function orRefused<Result>(read: () => Result, expected: RegExp): Result | undefined {
  try {
    return read();
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    holds(expected.test(error.message), "a refusal names its place");
    return undefined;
  }
}

const PACKED = [
  pack({ id: "a1", lane: "out c u r", at: 1, deadline: 2, body: { kind: "message", text: "Grüße" } }),
  pack({ id: "a2", lane: "out c u r", at: 1, deadline: 2, dedupe: "k", body: { kind: "join", nick: "n" } }),
  '[{"at":1,"what":"held"}]',
];
const JSONS = [
  ...'[ ] { } , : " null true 0 -1 1e999 \\u0000 \\ud800 __proto__'.split(" "),
  "\ud800",
  '"at":',
  "é",
];
const stored = fc.record({
  data: fc.oneof(mutated(PACKED, JSONS), joined(JSONS), fc.json()),
  id: fc.string({ unit: "binary" }),
  at: fc.integer(),
  deadline: fc.integer(),
  dedupe: fc.option(fc.string({ unit: "binary" }), { nil: undefined }),
  body: fc.jsonValue(),
  what: fc.string({ unit: "binary", maxLength: 400 }),
});

/** What is packed comes back; what is damaged is a SyntaxError or a TypeError and nothing else. */
export const envelopes = target("envelope", stored, ({ data, id, at, deadline, dedupe, body, what }) => {
  const lane = laneKey("out", "irc.example.org", "romeo@example.org", "#verona");
  parseLaneKey(lane);
  const envelope = { id, lane, at, deadline, body };
  const given = dedupe === undefined ? envelope : { ...envelope, dedupe };
  same(unpack(lane, pack(given)), JSON.parse(JSON.stringify(given)), "packed and read back");
  try {
    unpack(lane, data);
  } catch (error) {
    if (!(error instanceof SyntaxError || error instanceof TypeError)) throw error;
  }
  addHappening(parseHistory(JSON.stringify([{ at, what }])), at, what);
  parseHistory(data);
});
