// biome-ignore-all lint/suspicious/noTemplateCurlyInString: it is the config's own notation
import { z } from "zod";
import { DURATION, milliseconds } from "./config/duration.ts";
import { parseListen } from "./config/listen.ts";

/**
 * The config file's schema. The example file, the JSON schema for editors and the table in
 * docs/operators.md are all made from it (`npm run generate`), descriptions included.
 * src/config/load.ts reads a file with it.
 */

/** The longest duration: Node's timers reach no further than 2^31 ms, ten years are enough for ages. */
const MOST_DURATION = 3_650 * 86_400_000;

const DURATION_HELP = 'expected a duration such as "30s", "5m" or "7d", or a number of milliseconds';

/** A duration in milliseconds, written as `5m` or as a number of milliseconds. */
function duration(fallback: string, description: string) {
  return z
    .union([z.number().int().min(0), z.string().regex(DURATION, DURATION_HELP)], { error: DURATION_HELP })
    .transform(milliseconds)
    .refine((ms) => ms <= MOST_DURATION, "expected a duration of at most ten years")
    .prefault(fallback)
    .describe(description);
}

function count(fallback: number, least: number, description: string) {
  return z.number().int().min(least).max(1_000_000_000).default(fallback).describe(description);
}

const port = z.number().int().min(1).max(65_535);
const host = z.string().min(1);

/** XEP-0114 needs a domain; what a server makes of it is RFC 6122's business, so this is coarse. */
const domain = z
  .string()
  .regex(/^[\p{L}\p{N}]([\p{L}\p{N}.-]*[\p{L}\p{N}])?$/u, 'expected a domain such as "irc.example.org"')
  .max(1023)
  .transform((name) => name.toLowerCase());

/** Whom a component serves. */
const allowed = z
  .string()
  .regex(/^(\*|([^@\s/]+@)?[\p{L}\p{N}]([\p{L}\p{N}.-]*[\p{L}\p{N}])?)$/u, {
    error: 'expected a domain, an address such as "juliet@example.org", or "*" for everyone',
  })
  .transform((name) => name.toLowerCase());

/** XEP-0157: how people reach whoever runs this. */
const contact = z.string().regex(/^[a-z][a-z+.-]*:\S+$/, {
  error: 'expected an address such as "xmpp:admin@example.org" or "mailto:admin@example.org"',
});

const xmppLimits = z.strictObject({
  max_stanza: count(
    262_144,
    10_000,
    "Largest stanza in either direction, bytes. Prosody closes a stream at 524288.",
  ),
  max_depth: count(64, 8, "Deepest nesting of elements in a stanza."),
  max_attributes: count(64, 8, "Most attributes of one element."),
  max_unsent: count(
    8_388_608,
    65_536,
    "Most bytes that the XMPP server has not taken yet; more waits in the queue.",
  ),
  reconnect_first: duration(
    "500ms",
    "Wait before the first new attempt to connect; doubled after each failure.",
  ),
  reconnect_most: duration("1m", "Longest wait between attempts to connect."),
  open_timeout: duration("15s", "How long connecting, the handshake and closing may take."),
  ping_interval: duration("20s", "The server is pinged after so long without a word from it."),
  ping_timeout: duration("20s", "A ping without answer for so long means that the stream is dead."),
});

const queueLimits = z.strictObject({
  max_waiting: count(1_000_000, 1, "Most messages waiting in all conversations; more are refused."),
  max_lane: count(100_000, 1, "Most messages waiting in one conversation; more are refused."),
  batch: count(512, 1, "Most messages of one conversation handed over at a time."),
  concurrency: count(4_096, 1, "Most conversations handed over at a time."),
  backoff_first: duration("1s", "Wait after a conversation's first failure; doubled after each further one."),
  backoff_most: duration("5m", "Longest wait between a conversation's attempts."),
  ledger_age: duration(
    "7d",
    "How long a message of the network is remembered, so that its repetition is dropped.",
  ),
  dead_age: duration("30d", "How long a message that failed is kept for `isthmus queue`."),
  dead_most: count(10_000, 0, "Most failed messages kept."),
});

const xmpp = z.strictObject({
  host: host.default("127.0.0.1").describe("The XMPP server, as seen from here."),
  port: port.default(5347).describe("The server's port for components (XEP-0114)."),
  limits: xmppLimits.prefault({}).describe("What the gateway takes from the server and sends to it."),
});

const NO_REDIS =
  'this release has the embedded engine only; write "engine: embedded" without a url, or leave both keys out';

const queue = z.strictObject({
  engine: z
    .literal("embedded", { error: ({ input }) => (input === "redis" ? NO_REDIS : undefined) })
    .default("embedded")
    .describe("What keeps the queue. embedded: SQLite in data_dir, nothing to install."),
  limits: queueLimits.prefault({}).describe("What the queue holds, and for how long."),
});

const http = z.strictObject({
  listen: z
    .string()
    .refine(
      (text) => parseListen(text) !== undefined,
      'expected HOST:PORT such as "127.0.0.1:8080", or ":8080" for all addresses',
    )
    .optional()
    .describe("HOST:PORT of `/healthz` and `/readyz`, `:PORT` for all addresses. Without it nothing listens.")
    .meta({ examples: ["127.0.0.1:8080"] }),
  public_url: z
    .string()
    .refine(isPublicUrl, 'expected an address such as "https://gw.example.org", without user, query or #')
    .optional()
    .describe("The address by which networks reach `listen` from outside, through a proxy. IRC needs none.")
    .meta({ examples: ["https://gw.example.org"] }),
});

function isPublicUrl(text: string): boolean {
  if (!/^https?:\/\//.test(text) || /[?#\s]/.test(text) || !URL.canParse(text)) return false;
  const { username, password } = new URL(text);
  return username === "" && password === "";
}

const archive = z.strictObject({
  enabled: z.boolean().default(true).describe("Whether messages of rooms are kept for those who join later."),
  max_age: duration("30d", "How long a room's messages are kept."),
  max_per_room: count(10_000, 1, "Most messages kept for one room."),
});

const log = z.strictObject({
  level: z
    .enum(["debug", "info", "warn", "error"])
    .default("info")
    .describe("The least important lines to write."),
  format: z
    .enum(["auto", "json", "line"])
    .default("auto")
    .describe("Lines for programs (json) or for people (line); auto is line on a terminal, else json."),
});

const gateway = z.strictObject({
  in_lifetime: duration("1d", "How long a message may wait for the XMPP server."),
  join_lifetime: duration("2m", "How long joining a room may wait for its network."),
  delay_after: duration("5s", "A message that is later than this shows when it was said."),
  linger: duration("1s", "A room is left so long after its user's last client left it."),
  detached_for: duration(
    "10m",
    "A room stays joined so long for a user whose clients vanished without a word.",
  ),
  idle_for: duration(
    "5m",
    "A connection to a network that is in no room and says nothing is closed after this.",
  ),
  missed_most: count(1_000, 0, "Most messages handed on to a client that comes back after a break."),
  history_default: count(
    20,
    0,
    "Messages of a room's history shown on joining, where the client asks for no number.",
  ),
  rooms_most: count(500, 1, "Most rooms of one user."),
  sessions_most: count(100_000, 1, "Most users connected to a network at a time, for each component."),
});

const component = z.strictObject({
  domain: domain.describe("The component's domain, as the XMPP server has it: `irc.example.org`."),
  secret: z
    .string()
    .min(1)
    .describe("The secret that the XMPP server has for this component. Better by `${NAME}` or `secret_file`.")
    .meta({ secret: true }),
  adapter: z.string().min(1).describe("The network behind the component: `irc`."),
  allow: z
    .array(allowed)
    .min(1)
    .optional()
    .describe("Whose users may use it: domains, addresses, or `*`. Default: the component's parent domain."),
  options: z
    .record(z.string(), z.unknown())
    .default({})
    .describe("The adapter's own settings; each adapter documents them."),
  xmpp: z
    .strictObject({ host: host.optional(), port: port.optional() })
    .optional()
    .describe("Where this component's XMPP server is another one."),
});

/** The whole file. `options` of a component is checked by its adapter. */
export const configSchema = z.strictObject({
  data_dir: z
    .string()
    .min(1)
    .default("./data")
    .describe("Folder of the queue and the archive. A relative path starts at the config file's folder."),
  xmpp: xmpp.prefault({}).describe("The XMPP server."),
  queue: queue.prefault({}).describe("Where messages wait."),
  http: http.prefault({}).describe("What the gateway answers over HTTP; it listens only where this says so."),
  archive: archive.prefault({}).describe("The history of rooms."),
  gateway: gateway.prefault({}).describe("What one component holds for its users, and for how long."),
  log: log.prefault({}).describe("What the gateway says of itself, on its standard output."),
  contacts: z
    .array(contact)
    .default([])
    .describe(
      "How people reach you, as addresses: `xmpp:admin@example.org`, `mailto:admin@example.org` (XEP-0157).",
    ),
  components: z.array(component).min(1).describe("One for each domain: a network behind an XMPP domain."),
});

/** A checked config: durations in milliseconds, sizes in bytes. */
export type Config = z.output<typeof configSchema>;
export type ComponentConfig = Config["components"][number];
