import { expect, it } from "vitest";
import { changedKeys } from "../../../src/cli/config-changes.ts";
import { parseConfig } from "../../../src/config/load.ts";

const irc = "{domain: irc.example.org, secret: s1, adapter: irc}";
const load = (text: string) => parseConfig(text, "isthmus.yaml", {});
const before = load(`components: [${irc}]`);

it.each([
  ["nothing", `components: [${irc}]`, []],
  ["a default written out, and comments", `# more\nlog: {level: info}\ncomponents:\n  - ${irc}`, []],
  ["a value", `log: {level: debug}\ncomponents: [${irc}]`, ["log.level"]],
  ["where it listens", `http: {listen: ":8080"}\ncomponents: [${irc}]`, ["http.listen"]],
  ["a secret", `components: [${irc.replace("s1", "s2")}]`, ["components[irc.example.org].secret"]],
  [
    "who may use it",
    `components: [${irc.replace("}", ", allow: [a.b]}")}]`,
    ["components[irc.example.org].allow"],
  ],
  ["the server of all", `xmpp: {port: 1}\ncomponents: [${irc}]`, ["components[irc.example.org].port"]],
  [
    "an option",
    `components: [${irc.replace("}", ", options: {servers: {a.b: {port: 1}}}}")}]`,
    ["components[irc.example.org].options.servers.a.b.port"],
  ],
  [
    "a component that comes, one that goes",
    `components: [${irc.replace("irc.", "new.")}]`,
    ["components[irc.example.org] (removed)", "components[new.example.org] (new)"],
  ],
])("what has changed: %s", (_name, text, keys) => {
  expect(changedKeys(before, load(text))).toEqual(keys);
});
