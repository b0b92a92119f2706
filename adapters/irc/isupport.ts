/**
 * ISUPPORT (005) as irc-framework keeps it: PREFIX a list of {symbol, mode}, CHANTYPES, STATUSMSG,
 * CHANMODES and CLIENTTAGDENY lists of strings, else the token's value, true where it has none.
 */
export type Isupport = Record<string, unknown>;

/** A server has about forty; a hostile one shall not fill the memory. */
const MAX_TOKENS = 200;
/** So many different answers are shared between connections before the store begins anew. */
const MAX_SHARED = 1000;

/** What holds before a server has said anything. */
export const DEFAULT_ISUPPORT: Isupport = Object.freeze({
  CASEMAPPING: "rfc1459",
  PREFIX: Object.freeze([
    { symbol: "~", mode: "q" },
    { symbol: "&", mode: "a" },
    { symbol: "@", mode: "o" },
    { symbol: "%", mode: "h" },
    { symbol: "+", mode: "v" },
  ]),
});

let shared = new WeakMap<Isupport, Map<string, Isupport>>();
let sharedCount = 0;

/**
 * The options after one more 005 with these tokens; `before` is left as it is. Connections that got
 * the same answers share one object, which is what keeps thousands to one server small.
 */
export function withTokens(before: Isupport, tokens: readonly string[]): Isupport {
  const key = tokens.join(" ");
  const known = shared.get(before)?.get(key);
  if (known !== undefined) return known;
  const after: Isupport = { ...before };
  for (const token of tokens) applyToken(after, token);
  Object.freeze(after);
  remember(before, key, after);
  return after;
}

function remember(before: Isupport, key: string, after: Isupport): void {
  if (sharedCount >= MAX_SHARED) {
    shared = new WeakMap();
    sharedCount = 0;
  }
  let follow = shared.get(before);
  if (follow === undefined) {
    follow = new Map();
    shared.set(before, follow);
  }
  // A copy of the key: what was cut out of a line would keep all of the line.
  follow.set(Buffer.from(key).toString(), after);
  sharedCount++;
}

function applyToken(options: Isupport, token: string): void {
  const equals = token.indexOf("=");
  const name = (equals === -1 ? token : token.slice(0, equals)).toUpperCase();
  if (!/^-?[A-Z0-9]{1,30}$/.test(name)) return;
  if (name.startsWith("-")) {
    const original = DEFAULT_ISUPPORT[name.slice(1)];
    if (original === undefined) delete options[name.slice(1)];
    else options[name.slice(1)] = original;
    return;
  }
  if (Object.keys(options).length >= MAX_TOKENS) return;
  const value = equals === -1 ? undefined : unescapeValue(token.slice(equals + 1));
  const read = READERS[name];
  if (read === undefined) options[name] = value ?? true;
  else if (value !== undefined) read(options, value);
}

type Reader = (options: Isupport, value: string) => void;

const CASEMAPPINGS = ["ascii", "rfc1459", "strict-rfc1459"];

/** Tokens that mean nothing without a value, and would break what reads them. */
const READERS: Readonly<Record<string, Reader>> = {
  PREFIX: (options, value) => {
    const prefix = readPrefix(value);
    if (prefix !== undefined) options.PREFIX = prefix;
  },
  CHANTYPES: (options, value) => {
    options.CHANTYPES = value.split("");
  },
  STATUSMSG: (options, value) => {
    options.STATUSMSG = value.split("");
  },
  CHANMODES: (options, value) => {
    options.CHANMODES = value.split(",");
  },
  CLIENTTAGDENY: (options, value) => {
    options.CLIENTTAGDENY = value.split(",").filter((tag) => tag !== "");
  },
  CASEMAPPING: (options, value) => {
    // Unicode mappings (rfc7613) fold ASCII as ascii does; more than that servers do not agree on.
    options.CASEMAPPING = CASEMAPPINGS.includes(value) ? value : "ascii";
  },
};

function readPrefix(value: string): { symbol: string; mode: string }[] | undefined {
  if (value === "") return [];
  const [, modes, symbols] = /^\(([^)]*)\)(.*)$/.exec(value) ?? [];
  if (modes === undefined || symbols === undefined || modes.length !== symbols.length) return undefined;
  return [...symbols].map((symbol, i) => ({ symbol, mode: modes[i] ?? "" }));
}

function unescapeValue(value: string): string {
  return value.replace(/\\x([0-9a-f]{2})/gi, (_, hex: string) =>
    String.fromCharCode(Number.parseInt(hex, 16)),
  );
}

/** Folds a name as the server compares names: `[]\^` are the capitals of `{}|~` in rfc1459. */
export function foldName(options: Isupport, name: string): string {
  const capitals = CAPITALS[String(options.CASEMAPPING)] ?? CAPITALS.rfc1459;
  return capitals?.test(name) ? name.replace(/[A-^]/g, (char) => lower(char, capitals)) : name;
}

const CAPITALS: Readonly<Record<string, RegExp>> = {
  ascii: /[A-Z]/,
  "strict-rfc1459": /[A-Z[\]\\]/,
  rfc1459: /[A-Z[\]\\^]/,
};

function lower(char: string, capitals: RegExp): string {
  return capitals.test(char) ? String.fromCharCode(char.charCodeAt(0) + 32) : char;
}

/** Whether a name is a channel's, by CHANTYPES. */
export function isChannelName(options: Isupport, name: string): boolean {
  const types = options.CHANTYPES;
  const first = name.charAt(0);
  if (first === "") return false;
  return Array.isArray(types) ? types.includes(first) : "#&".includes(first);
}
