import { readFileSync } from "node:fs";
import { z } from "zod";
import { UserError } from "../../src/domain/errors.ts";
import { nearest } from "../../src/domain/nearest.ts";
import { DEFAULT_FLOOD } from "./flood.ts";
import type { SaslOptions, ServerOptions } from "./types.ts";

/** The adapter's options (docs/operators.md lists them); times in milliseconds. */
export interface IrcOptions {
  /** By the name that stands in addresses, lower case. */
  readonly servers: ReadonlyMap<string, ServerOptions>;
  /** The one server this component leads to: then addresses are `#chan` and `nick`. */
  readonly fixedServer?: string;
  /** Servers that are not listed are reached without TLS, on 6667. */
  readonly plaintext: boolean;
  /** Template of the nick for what needs a connection before a room names one: `{local}`, `{domain}`. */
  readonly nick: string;
  /** Template of the real name others see: `{local}`, `{domain}`, `{user}`. */
  readonly realname: string;
  readonly partText: string;
  readonly quitText: string;
  /** How long an envelope may wait. */
  readonly lifetime: number;
  /** How long a join, a registration or a question may take. */
  readonly timeout: number;
  /** A netsplit's quits within this time are one event. */
  readonly netsplitGather: number;
  /** Who comes back within this time after a netsplit was never shown to have left. */
  readonly netsplitWindow: number;
  /** How long a connection without a room is kept after the last thing done with it. */
  readonly linger: number;
  readonly connectRate: number;
}

const CONNECT_RATE = 10;

const A_DURATION = 'expected a duration such as "30s" or "5m", or a number of milliseconds';
const duration = z
  .union([z.number().int().min(0), z.string().regex(/^\d+(ms|s|m|h)$/, A_DURATION)], { error: A_DURATION })
  .transform((value) => (typeof value === "number" ? value : milliseconds(value)));

const flood = z.union([
  z.literal("off"),
  // YAML 1.1 readers take a bare `off` for false.
  z.literal(false),
  z.strictObject({ burst: z.number().int().min(1).max(1000), per_second: z.number().min(0.1).max(1000) }),
]);

const sasl = z.strictObject({
  mechanism: z.enum(["PLAIN", "EXTERNAL"]).default("PLAIN"),
  account: z.string().min(1).optional(),
  password: z.string().min(1).optional(),
  cert: z.string().min(1).optional(),
  key: z.string().min(1).optional(),
});

const server = z.strictObject({
  host: z.string().min(1).optional(),
  port: z.number().int().min(1).max(65535).optional(),
  tls: z.boolean().default(true),
  verify: z.boolean().default(true),
  password: z.string().min(1).optional(),
  flood: flood.optional(),
  sasl: sasl.optional(),
  connect_rate: z.number().min(0.1).max(1000).optional(),
});

const options = z.strictObject({
  servers: z.record(z.string(), server).default({}),
  fixed_server: z.string().optional(),
  plaintext: z.boolean().default(false),
  nick: z.string().min(1).default("{local}"),
  realname: z.string().min(1).default("{local}"),
  part_text: z.string().default(""),
  quit_text: z.string().default("Gateway shutting down"),
  lifetime: duration.default(300_000),
  timeout: duration.default(30_000),
  netsplit_gather: duration.default(2_000),
  netsplit_window: duration.default(60_000),
  linger: duration.default(300_000),
  connect_rate: z.number().min(0.1).max(1000).default(CONNECT_RATE),
});

/** Host names as they stand in addresses: letters, digits, dots and hyphens (RFC 1123 §2.1). */
export const HOST = /^(?!-)[a-z0-9-]{1,63}(?:\.[a-z0-9-]{1,63})*$/;

/**
 * Checks the adapter's options.
 *
 * @throws UserError, one line that names the key and the cure
 */
export function parseOptions(raw: unknown): IrcOptions {
  const parsed = options.safeParse(raw ?? {});
  if (!parsed.success) throw new UserError(explain(parsed.error));
  const data = parsed.data;
  const servers = new Map<string, ServerOptions>();
  for (const [key, value] of Object.entries(data.servers)) {
    const name = key.toLowerCase();
    if (!HOST.test(name)) {
      throw new UserError(`servers.${key}: not a host name; use letters, digits, dots and hyphens`);
    }
    servers.set(name, serverOptions(name, value, data.connect_rate));
  }
  const fixedServer = data.fixed_server?.toLowerCase();
  if (fixedServer !== undefined && !HOST.test(fixedServer)) {
    throw new UserError(`fixed_server: "${fixedServer}" is not a host name; name the IRC server`);
  }
  return {
    servers,
    fixedServer,
    plaintext: data.plaintext,
    nick: data.nick,
    realname: data.realname,
    partText: data.part_text,
    quitText: data.quit_text,
    lifetime: data.lifetime,
    timeout: data.timeout,
    netsplitGather: data.netsplit_gather,
    netsplitWindow: data.netsplit_window,
    linger: data.linger,
    connectRate: data.connect_rate,
  };
}

/** How to reach a server: as it is listed, or else over TLS with verification, or as `plaintext` allows. */
export function serverFor(options: IrcOptions, name: string): ServerOptions {
  const listed = options.servers.get(name);
  if (listed !== undefined) return listed;
  const tls = !options.plaintext;
  return {
    name,
    host: name,
    port: tls ? 6697 : 6667,
    tls,
    verify: true,
    flood: DEFAULT_FLOOD,
    connectRate: options.connectRate,
  };
}

function serverOptions(name: string, value: z.infer<typeof server>, connectRate: number): ServerOptions {
  const { tls, verify, password } = value;
  return {
    name,
    host: value.host ?? name,
    port: value.port ?? (tls ? 6697 : 6667),
    tls,
    verify,
    password,
    sasl: value.sasl === undefined ? undefined : saslOptions(name, value.sasl, tls),
    flood: floodOptions(value.flood),
    connectRate: value.connect_rate ?? connectRate,
  };
}

function floodOptions(value: z.infer<typeof flood> | undefined): ServerOptions["flood"] {
  if (value === undefined) return DEFAULT_FLOOD;
  if (value === "off" || value === false) return "off";
  return { burst: value.burst, perSecond: value.per_second };
}

function saslOptions(name: string, value: z.infer<typeof sasl>, tls: boolean): SaslOptions {
  const at = `servers.${name}.sasl`;
  if (value.mechanism === "EXTERNAL") {
    if (!tls) throw new UserError(`${at}: EXTERNAL proves itself by a TLS certificate; set tls: true`);
    if (value.cert === undefined || value.key === undefined) {
      throw new UserError(`${at}: EXTERNAL needs cert and key, the paths of two PEM files`);
    }
    return { ...value, cert: pem(`${at}.cert`, value.cert), key: pem(`${at}.key`, value.key) };
  }
  if (value.account === undefined || value.password === undefined) {
    throw new UserError(`${at}: PLAIN needs account and password`);
  }
  return value;
}

/** The PEM text of a certificate or key, given as itself or as a file's path. */
function pem(at: string, value: string): string {
  if (value.startsWith("-----BEGIN")) return value;
  try {
    return readFileSync(value, "utf8");
  } catch {
    throw new UserError(`${at}: cannot read the file ${value}; name a PEM file that this user can read`);
  }
}

function milliseconds(text: string): number {
  const match = /^(\d+)(ms|s|m|h)$/.exec(text);
  const unit = { ms: 1, s: 1000, m: 60_000, h: 3_600_000 }[match?.[2] ?? "ms"] ?? 1;
  return Number(match?.[1]) * unit;
}

/** One line: where, what is wrong, and the key that was likely meant. */
function explain(error: z.ZodError): string {
  const issue = error.issues[0];
  if (issue === undefined) return "the options are not valid";
  const at = issue.path.map(String).join(".");
  if (issue.code === "unrecognized_keys") {
    const key = issue.keys[0] ?? "";
    const known = knownKeys(issue.path);
    const meant = nearest(key, known);
    const cure = meant === undefined ? `known keys: ${known.join(", ")}` : `did you mean "${meant}"?`;
    return `${at === "" ? key : `${at}.${key}`}: unknown key; ${cure}`;
  }
  if (issue.code === "invalid_union" && issue.path.at(-1) === "flood") {
    return `${at}: expected "off" or {burst: 5, per_second: 1}`;
  }
  return `${at === "" ? "options" : at}: ${issue.message}`;
}

function knownKeys(path: readonly PropertyKey[]): string[] {
  if (path.length === 0) return Object.keys(options.shape);
  if (path.at(-1) === "sasl") return Object.keys(sasl.shape);
  if (path.at(-1) === "flood") return ["burst", "per_second"];
  return Object.keys(server.shape);
}
