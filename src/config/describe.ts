import { z } from "zod";
import { configSchema } from "../config.ts";
import type { Path } from "./tree.ts";

/** What the generators and the error lines use of JSON Schema (draft 2020-12). */
export interface SchemaNode {
  type?: string;
  description?: string;
  default?: unknown;
  /** Of a key without a default. */
  examples?: readonly unknown[];
  enum?: readonly unknown[];
  const?: unknown;
  properties?: Record<string, SchemaNode>;
  required?: string[];
  items?: SchemaNode;
  anyOf?: SchemaNode[];
  additionalProperties?: unknown;
  secret?: boolean;
}

let cached: SchemaNode | undefined;

/** The config's schema as JSON Schema, of what people write (durations as text). */
export function jsonSchema(): SchemaNode {
  cached ??= z.toJSONSchema(configSchema, { io: "input" }) as SchemaNode;
  return cached;
}

/** The schema of what stands at a path, or undefined where the schema says nothing of it. */
export function nodeAt(path: Path): SchemaNode | undefined {
  let node: SchemaNode | undefined = jsonSchema();
  for (const step of path) {
    node = typeof step === "number" ? node?.items : node?.properties?.[step];
  }
  return node;
}
