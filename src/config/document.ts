import { jsonSchema, type SchemaNode } from "./describe.ts";

/** Made from the schema: the example file, the JSON schema for editors, the table of the documentation. */

const HEADER = `# Isthmus: every key there is, with its default.
# Made from the schema by \`npm run generate\`. What you have to set stands at the top; to set more,
# take the first # of its line away, and of the lines of the sections around it.
#
# \${NAME} in any text is the environment variable NAME. {file: PATH} in place of any text, or
# secret_file: PATH for secret, is the content of a file. Durations: 500ms, 30s, 5m, 1.5h, 7d.

components:
  - domain: irc.example.org
    secret: \${IRC_SECRET}
    adapter: irc
`;

/** config/isthmus.example.yaml: the required part as it is, all else as comments that show the defaults. */
export function exampleYaml(): string {
  const schema = jsonSchema();
  const item = schema.properties?.components?.items ?? {};
  const { components: _, ...rest } = schema.properties ?? {};
  return [
    HEADER,
    ...optional(item, "    ").map((line) => `${line}\n`),
    ...Object.entries(rest).flatMap(([key, node]) => [
      "\n",
      ...section(key, node, "").map((line) => `${line}\n`),
    ]),
  ].join("");
}

const EXAMPLES: Readonly<Record<string, string>> = {
  allow: "[example.org]",
  options: "{}",
  xmpp: "{ host: 127.0.0.1, port: 5347 }",
};

/** The keys of a component that may be left out. */
function optional(item: SchemaNode, indent: string): string[] {
  return Object.entries(item.properties ?? {})
    .filter(([key]) => item.required?.includes(key) !== true)
    .flatMap(([key, node]) => [
      `${indent}# ${node.description}`,
      `${indent}# ${key}: ${EXAMPLES[key] ?? "{}"}`,
    ]);
}

/** As it would stand without the first `#` of each line; a comment at the top level has a space after it. */
function section(key: string, node: SchemaNode, indent: string): string[] {
  const about = indent === "" ? `# ${node.description}` : `#${indent}# ${node.description}`;
  if (node.properties === undefined) {
    const [value, note] =
      node.default === undefined ? [node.examples?.[0], " For example:"] : [node.default, ""];
    return [about + note, `#${indent}${key}: ${yamlValue(value)}`];
  }
  const below = Object.entries(node.properties).flatMap(([name, child]) =>
    section(name, child, `${indent}  `),
  );
  return [about, `#${indent}${key}:`, ...below];
}

function yamlValue(value: unknown): string {
  return Array.isArray(value) ? JSON.stringify(value) : String(value);
}

/** config/isthmus.schema.json: for editors, which complete and check the file by it. */
export function editorSchema(): string {
  const schema = structuredClone(jsonSchema());
  const item = schema.properties?.components?.items;
  if (item?.properties !== undefined) {
    const secret = item.properties.secret ?? {};
    delete secret.secret;
    item.properties.secret = { ...secret, type: undefined, anyOf: [{ type: "string" }, FILE] } as SchemaNode;
    item.properties.secret_file = { type: "string", description: "A file that holds the secret." };
    item.required = item.required?.filter((key) => key !== "secret") ?? [];
  }
  return `${JSON.stringify(schema, null, 2)}\n`;
}

const FILE: SchemaNode = {
  type: "object",
  properties: { file: { type: "string" } },
  required: ["file"],
  additionalProperties: false,
};

/** The reference in docs/operators.md: one table row for each key, its columns aligned. */
export function referenceTable(): string {
  const rows = tableRows(jsonSchema(), "");
  const all = [["key", "default", ""], ...rows];
  const widths = [0, 1, 2].map((i) => Math.max(...all.map((row) => row[i]?.length ?? 0)));
  const line = (cells: readonly string[]) =>
    `| ${widths.map((width, i) => (cells[i] ?? "").padEnd(width)).join(" | ")} |`;
  const rule = widths.map((width) => "-".repeat(width));
  return [line(["key", "default", ""]), line(rule), ...rows.map(line), ""].join("\n");
}

function tableRows(node: SchemaNode, prefix: string): string[][] {
  return Object.entries(node.properties ?? {}).flatMap(([key, child]) => {
    const name = `${prefix}${key}`;
    if (child.properties !== undefined) return tableRows(child, `${name}.`);
    if (child.items?.properties !== undefined) return tableRows(child.items, `${name}[].`);
    const must = node.required?.includes(key) === true;
    return [[`\`${name}\``, shownDefault(child, must), child.description ?? ""]];
  });
}

function shownDefault(node: SchemaNode, must: boolean): string {
  if (must) return "**required**";
  if (node.default === undefined) return "";
  const text = typeof node.default === "object" ? JSON.stringify(node.default) : String(node.default);
  return `\`${text}\``;
}
