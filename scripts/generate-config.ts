import { readFileSync, writeFileSync } from "node:fs";
import { SERVERS, snippets } from "../src/cli/snippets.ts";
import { editorSchema, exampleYaml, referenceTable } from "../src/config/document.ts";

/**
 * Writes what is made from the config's schema. `npm run generate`; with `--check` it writes
 * nothing and exits 1 where a file is out of date.
 */

const REFERENCE = /(<!-- config reference: begin -->\n)[\s\S]*(<!-- config reference: end -->)/;
const root = new URL("../", import.meta.url);
const check = process.argv.includes("--check");

function write(name: string, content: string): void {
  const file = new URL(name, root);
  if (check && readFileSync(file, "utf8") !== content) {
    console.error(`${name} is out of date; run: npm run generate`);
    process.exitCode = 1;
  }
  if (!check) writeFileSync(file, content);
}

write("config/isthmus.example.yaml", exampleYaml());
write("config/isthmus.schema.json", editorSchema());
for (const server of SERVERS) {
  const { file, port, text } = snippets[server];
  const answers = { component: "irc.example.org", secret: "THE-SECRET", host: "127.0.0.1", port };
  write(`config/snippets/${file}`, text(answers));
}
const operators = readFileSync(new URL("docs/operators.md", root), "utf8");
write(
  "docs/operators.md",
  operators.replace(REFERENCE, (_, begin, end) => `${begin}\n${referenceTable()}\n${end}`),
);
