import { randomBytes } from "node:crypto";
import { existsSync, mkdirSync, writeFileSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { stringify } from "yaml";
import { parseConfig } from "../config/load.ts";
import { reason } from "../config/secrets.ts";
import { UserError } from "../domain/errors.ts";
import { type Asker, createAsker, type Question } from "./ask.ts";
import { parseIrcServer } from "./irc-server.ts";
import { SERVERS, type ServerName, snippets } from "./snippets.ts";

/** What the command line gave; what is missing is asked. */
export interface InitOptions {
  readonly config: string;
  readonly yes?: boolean;
  readonly domain?: string;
  readonly server?: string;
  readonly host?: string;
  readonly port?: string;
  readonly component?: string;
  readonly adapter?: string;
  readonly irc?: string;
  readonly fixed?: boolean;
  readonly dataDir?: string;
}

interface Answers {
  readonly domain: string;
  readonly server: ServerName;
  readonly host: string;
  readonly port: number;
  readonly component: string;
  readonly adapter: string;
  readonly irc: readonly string[];
  readonly fixed: boolean;
  readonly dataDir: string;
}

const DOMAIN = /^[\p{L}\p{N}]([\p{L}\p{N}.-]*[\p{L}\p{N}])?$/u;

/**
 * Asks what a config needs, writes it (readable by its owner alone) and the snippet for the XMPP
 * server beside it, and says what to do next. Never overwrites.
 *
 * @throws UserError
 */
export async function init(
  options: InitOptions,
  input: NodeJS.ReadableStream,
  output: NodeJS.WritableStream,
): Promise<void> {
  refuseExisting(options.config);
  const asker = createAsker(options.yes !== true, input, output);
  const answers = await askAll(asker, options).finally(() => asker.close());
  const secret = randomBytes(24).toString("base64url");
  const text = configText(answers, secret);
  parseConfig(text, options.config, {});
  const snippet = snippets[answers.server];
  const snippetFile = join(dirname(options.config), snippet.file);
  const snippetText = snippet.text({ ...answers, secret });
  refuseExisting(snippetFile);
  writePrivate(options.config, text);
  writePrivate(snippetFile, snippetText);
  output.write(nextSteps(options.config, snippetFile, snippetText));
}

function refuseExisting(file: string): void {
  if (!existsSync(file)) return;
  throw new UserError(`${file} is there already; move it away, or name another with --config FILE`);
}

async function askAll(asker: Asker, options: InitOptions): Promise<Answers> {
  const ask = (question: Question) => asker.ask(question);
  const domain = await ask({
    text: "Domain of your XMPP server",
    option: "--domain",
    given: options.domain,
    suggestion: options.yes === true ? undefined : "example.org",
    wrong: (answer) => (DOMAIN.test(answer) ? undefined : "that is not a domain such as example.org"),
  });
  const server = await ask({
    text: `Which server software (${SERVERS.join(", ")})`,
    option: "--server",
    given: options.server,
    suggestion: "prosody",
    wrong: (answer) => (isServer(answer) ? undefined : `choose one of ${SERVERS.join(", ")}`),
  });
  const software: ServerName = isServer(server) ? server : "prosody";
  return { domain, server: software, ...(await askRest(ask, options, domain, software)) };
}

async function askRest(
  ask: (question: Question) => Promise<string>,
  options: InitOptions,
  domain: string,
  server: ServerName,
): Promise<Omit<Answers, "domain" | "server">> {
  const host = await ask({
    text: "Address of the XMPP server, as seen from here",
    option: "--host",
    given: options.host,
    suggestion: "127.0.0.1",
  });
  const port = await ask({
    text: "Its port for components",
    option: "--port",
    given: options.port,
    suggestion: String(snippets[server].port),
    wrong: (answer) => (isPort(answer) ? undefined : "that is not a port; it is a number from 1 to 65535"),
  });
  const adapter = await ask({
    text: "Network (irc)",
    option: "--adapter",
    given: options.adapter,
    suggestion: "irc",
    wrong: (answer) => (answer === "irc" ? undefined : "this version knows irc"),
  });
  const component = await ask({
    text: "Domain of the gateway, as people will see it",
    option: "--component",
    given: options.component,
    suggestion: `${adapter}.${domain}`,
    wrong: (answer) => (DOMAIN.test(answer) ? undefined : "that is not a domain such as irc.example.org"),
  });
  const { irc, fixed } = await askServers(ask, options);
  const dataDir = await ask({
    text: "Folder for the queue and the archive",
    option: "--data-dir",
    given: options.dataDir,
    suggestion: "./data",
  });
  return { host, port: Number(port), adapter, component, irc, fixed, dataDir };
}

async function askServers(
  ask: (question: Question) => Promise<string>,
  options: InitOptions,
): Promise<{ irc: readonly string[]; fixed: boolean }> {
  const typed = await ask({
    text: "IRC servers to list, such as irc.libera.chat or irc://10.0.0.5:6667 without TLS (any other can be used as well)",
    option: "--irc",
    given: options.irc,
    suggestion: "irc.libera.chat",
    wrong: wrongServers,
  });
  const irc = words(typed);
  if (irc.length !== 1 || options.fixed !== undefined) return { irc, fixed: options.fixed === true };
  const only = await ask({
    text: "Lead to this server only, with short addresses (#room@…)? yes or no",
    option: "--fixed",
    suggestion: "no",
    wrong: (answer) => (/^(yes|no)$/.test(answer) ? undefined : "answer yes or no"),
  });
  return { irc, fixed: only === "yes" };
}

function configText(answers: Answers, secret: string): string {
  const servers = Object.fromEntries(
    answers.irc.map(parseIrcServer).map(({ name, ...server }) => [name, server]),
  );
  const fixed = answers.fixed ? { fixed_server: Object.keys(servers)[0] } : {};
  const config = {
    data_dir: answers.dataDir,
    xmpp: { host: answers.host, port: answers.port },
    components: [
      {
        domain: answers.component,
        secret,
        adapter: answers.adapter,
        allow: [answers.domain],
        options: { servers, ...fixed },
      },
    ],
  };
  return `# Isthmus. All keys and their defaults: config/isthmus.example.yaml\n${stringify(config)}`;
}

function writePrivate(file: string, text: string): void {
  try {
    mkdirSync(dirname(resolve(file)), { recursive: true });
    writeFileSync(file, text, { mode: 0o600, flag: "wx" });
  } catch (error) {
    throw new UserError(`cannot write ${file}: ${reason(error)}; name another with --config FILE`);
  }
}

function nextSteps(config: string, snippetFile: string, snippet: string): string {
  return `
Wrote ${config} and ${snippetFile}; both hold the secret, and only you can read them.

1. Tell the XMPP server:

${snippet.replace(/^(?=.)/gm, "     ")}
2. See whether everything can be reached:  isthmus check --config ${config}
3. Run it:                                 isthmus start --config ${config}
`;
}

function isServer(name: string): name is ServerName {
  return SERVERS.some((server) => server === name);
}

function isPort(text: string): boolean {
  return /^\d{1,5}$/.test(text) && Number(text) >= 1 && Number(text) <= 65_535;
}

function words(text: string): string[] {
  return text.split(/[\s,]+/).filter((word) => word !== "");
}

function wrongServers(answer: string): string | undefined {
  for (const word of words(answer)) {
    try {
      parseIrcServer(word);
    } catch (error) {
      return error instanceof Error ? error.message : String(error);
    }
  }
  return undefined;
}
