import type { Import } from "./sources.ts";

/** Who may import whom (design: shape). The first layer whose `of` matches a file is the file's. */
export interface Layer {
  readonly name: string;
  readonly of: RegExp;
  /** Files of ours that it may import. */
  readonly may: RegExp;
  /** And these, for their types alone. */
  readonly mayTypes?: RegExp;
  /** Libraries and builtins. */
  readonly libraries: RegExp;
}

const NONE = /^$/;
/** Clock and logger, which are injected, are described by the contract. */
const CONTRACT = /^src\/adapter\.ts$/;
const BUILTIN = /^node:/;

export const LAYERS: readonly Layer[] = [
  { name: "domain", of: /^src\/domain\//, may: /^src\/domain\//, libraries: NONE },
  { name: "contract", of: CONTRACT, may: /^src\/domain\//, libraries: NONE },
  {
    name: "xmpp",
    of: /^src\/xmpp\//,
    may: /^src\/(xmpp|domain)\//,
    mayTypes: CONTRACT,
    libraries: /^(node:|@xmpp\/component$|@xmpp\/component-core$)/,
  },
  {
    name: "sqlite",
    of: /^src\/sqlite\//,
    may: /^src\/(sqlite|domain)\//,
    mayTypes: CONTRACT,
    libraries: BUILTIN,
  },
  {
    name: "embedded engine",
    of: /^src\/queue\/(embedded\/|inspect\.ts)/,
    may: /^src\/(queue|sqlite|domain)\//,
    mayTypes: CONTRACT,
    libraries: BUILTIN,
  },
  {
    name: "queue",
    of: /^src\/queue\//,
    may: /^src\/(queue|domain)\//,
    mayTypes: CONTRACT,
    libraries: BUILTIN,
  },
  {
    name: "store",
    of: /^src\/store\//,
    may: /^src\/(store|sqlite|domain)\//,
    mayTypes: CONTRACT,
    libraries: BUILTIN,
  },
  {
    name: "gateway",
    of: /^src\/gateway\//,
    may: /^src\/(gateway\/|domain\/|adapter\.ts|queue\/engine\.ts|store\/store\.ts|xmpp\/link\.ts|xmpp\/codec\/)/,
    libraries: BUILTIN,
  },
  {
    name: "ops",
    of: /^src\/ops\//,
    may: /^src\/(ops|domain)\//,
    mayTypes: CONTRACT,
    libraries: /^(node:|pino$)/,
  },
  {
    name: "config",
    of: /^src\/config(\.ts|\/)/,
    may: /^src\/(config\.ts|config\/|domain\/)/,
    libraries: /^(node:|yaml$|zod$)/,
  },
  { name: "program", of: /^src\/(main\.ts|cli\/)/, may: /./, libraries: /^(node:|commander$|yaml$)/ },
  {
    name: "IRC",
    of: /^adapters\/irc\//,
    may: /^(adapters\/irc\/|src\/adapter\.ts|src\/domain\/)/,
    libraries: /^(node:|irc-framework(\/|$)|zod$)/,
  },
];

/** What an import breaks, in words; undefined where it is allowed. */
export function broken(layer: Layer, one: Import): string | undefined {
  if (!one.ours)
    return layer.libraries.test(one.target) ? undefined : `${layer.name} may not use ${one.target}`;
  if (layer.may.test(one.target)) return undefined;
  if (layer.mayTypes?.test(one.target) === true) {
    return one.typeOnly ? undefined : `${layer.name} may import only types from ${one.target}`;
  }
  return `${layer.name} may not import ${one.target}`;
}
