import { readFileSync } from "node:fs";
import { dirname, resolve } from "node:path";
import { type ComponentConfig, type Config, configSchema } from "../config.ts";
import { UserError } from "../domain/errors.ts";
import { pathText, schemaProblems } from "./problems.ts";
import { expand, type Problem, reason } from "./secrets.ts";
import { parseTree, type Tree } from "./tree.ts";

/** A component with everything filled in that has a default. */
export interface Component extends ComponentConfig {
  readonly allow: string[];
  readonly host: string;
  readonly port: number;
  /** For messages: `file:line`. */
  readonly place: string;
}

export interface LoadedConfig {
  readonly file: string;
  readonly config: Config;
  /** Absolute. */
  readonly dataDir: string;
  readonly components: readonly Component[];
  /** Every secret text in it, for the log to keep out. */
  readonly secrets: readonly string[];
}

type Env = Readonly<Record<string, string | undefined>>;

/** Most problems shown at a time. */
const MOST_PROBLEMS = 20;

/**
 * Reads and checks a config file.
 *
 * @throws UserError with one line for each problem: file, line, key, what is wrong, what to do
 */
export function loadConfig(file: string, env: Env = process.env): LoadedConfig {
  let text: string;
  try {
    text = readFileSync(file, "utf8");
  } catch (error) {
    throw new UserError(
      `${file}: cannot read the config: ${reason(error)}; name it with --config FILE, or make one with: isthmus init`,
    );
  }
  return parseConfig(text, file, env);
}

/** As {@link loadConfig}, of text that was read already; `file` is for messages and relative paths. */
export function parseConfig(text: string, file: string, env: Env): LoadedConfig {
  const tree = parseTree(text, file);
  const folder = dirname(resolve(file));
  const { data, problems } = expand(tree.data ?? {}, { env, folder });
  const checked = configSchema.safeParse(data);
  if (!checked.success) throw refusal(tree, [...problems, ...schemaProblems(checked.error.issues, data)]);
  const wrong = [...problems, ...duplicates(checked.data), ...withoutParent(checked.data)];
  if (wrong.length > 0) throw refusal(tree, wrong);
  return {
    file,
    config: checked.data,
    dataDir: resolve(folder, checked.data.data_dir),
    components: checked.data.components.map((entry, i) => complete(entry, checked.data, tree, i)),
    secrets: secretsIn(checked.data),
  };
}

function refusal(tree: Tree, problems: readonly Problem[]): UserError {
  const lines = problems
    .slice(0, MOST_PROBLEMS)
    .map(({ path, text }) => `${tree.place(path)}: ${path.length === 0 ? "" : `${pathText(path)}: `}${text}`);
  const more = problems.length - lines.length;
  return new UserError([...lines, ...(more > 0 ? [`${tree.file}: and ${more} more`] : [])].join("\n"));
}

function duplicates(config: Config): Problem[] {
  return config.components.flatMap(({ domain }, i) => {
    const first = config.components.findIndex((other) => other.domain === domain);
    if (first === i) return [];
    const text = `${domain} is the domain of components[${first}] already; give each component one of its own`;
    return [{ path: ["components", i, "domain"], text }];
  });
}

function withoutParent(config: Config): Problem[] {
  return config.components.flatMap(({ domain, allow }, i) => {
    if (allow !== undefined || parent(domain) !== undefined) return [];
    const text = `missing, and ${domain} has no parent domain to take; list the domains whose users may use it`;
    return [{ path: ["components", i, "allow"], text }];
  });
}

/** `irc.example.org` → `example.org`; a domain of one label has none. */
function parent(domain: string): string | undefined {
  const dot = domain.indexOf(".");
  return dot < 0 ? undefined : domain.slice(dot + 1);
}

function complete(entry: ComponentConfig, config: Config, tree: Tree, index: number): Component {
  return {
    ...entry,
    allow: entry.allow ?? [parent(entry.domain) ?? entry.domain],
    host: entry.xmpp?.host ?? config.xmpp.host,
    port: entry.xmpp?.port ?? config.xmpp.port,
    place: tree.place(["components", index]),
  };
}

const SECRET_KEY = /(password|passwd|secret|token|passphrase)$/i;

/** Texts under keys that name a secret, wherever they stand: adapters have some in their options. */
function secretsIn(value: unknown): string[] {
  if (typeof value !== "object" || value === null) return [];
  return Object.entries(value).flatMap(([key, item]) =>
    typeof item === "string" && SECRET_KEY.test(key) ? [item] : secretsIn(item),
  );
}
