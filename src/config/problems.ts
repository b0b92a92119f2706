import type { z } from "zod";
import { nearest } from "../domain/nearest.ts";
import { nodeAt } from "./describe.ts";
import type { Problem } from "./secrets.ts";
import type { Path } from "./tree.ts";

/** Each mistake that the schema found, in words: what is wrong and what to write. */
export function schemaProblems(issues: readonly z.core.$ZodIssue[], data: unknown): Problem[] {
  const noEngine = issues.some(({ path }) => path.join(".") === "queue.engine");
  return issues.flatMap((issue) => {
    const path = issue.path.filter((step) => typeof step !== "symbol");
    if (issue.code !== "unrecognized_keys") return [{ path, text: issueText(issue, path, data) }];
    // The line of an engine that there is not speaks for its url too.
    const keys = issue.keys.filter((key) => !(noEngine && pathText([...path, key]) === "queue.url"));
    return keys.map((key) => unknownKey(path, key));
  });
}

/** `components[0].secret` */
export function pathText(path: Path): string {
  return path.reduce<string>(
    (text, step) => (typeof step === "number" ? `${text}[${step}]` : text === "" ? step : `${text}.${step}`),
    "",
  );
}

function unknownKey(path: Path, key: string): Problem {
  const known = Object.keys(nodeAt(path)?.properties ?? {});
  const close = nearest(key, known);
  const cure =
    close === undefined ? `remove it, or use one of ${known.join(", ")}` : `did you mean "${close}"?`;
  return { path: [...path, key], text: `there is no such key; ${cure}` };
}

function issueText(issue: z.core.$ZodIssue, path: Path, data: unknown): string {
  const value = valueAt(data, path);
  if (value === undefined) return `missing; add it: ${nodeAt(path)?.description ?? pathText(path)}`;
  if (value === null) return `it is empty; give it a value, or leave the key out for its default`;
  switch (issue.code) {
    case "invalid_type":
      return `expected ${wanted(issue.expected)}, not ${shown(value)}`;
    case "too_small":
      return issue.origin === "array"
        ? "the list is empty; give it at least one entry"
        : issue.origin === "string"
          ? "it is empty; give it a value"
          : `expected at least ${issue.minimum}, not ${shown(value)}`;
    case "too_big":
      return `expected at most ${issue.maximum}`;
    case "invalid_value":
      return issue.message.startsWith("Invalid")
        ? `expected ${issue.values.join(" or ")}, not ${shown(value)}`
        : issue.message;
    default:
      return issue.message;
  }
}

const WANTED: Readonly<Record<string, string>> = {
  object: "keys with values",
  record: "keys with values",
  array: "a list",
  string: "text (in quotes where it looks like a number)",
  number: "a number",
  int: "a whole number",
  boolean: "true or false",
};

function wanted(expected: string): string {
  return WANTED[expected] ?? expected;
}

/** What was found, kept short; it may be a secret in the wrong place, so text is not shown. */
function shown(value: unknown): string {
  if (Array.isArray(value)) return "a list";
  if (typeof value === "object") return "keys with values";
  if (typeof value === "string")
    return value.length <= 20 && /^[\w./: -]*$/.test(value) ? `"${value}"` : "this text";
  return String(value);
}

function valueAt(data: unknown, path: Path): unknown {
  let value = data;
  for (const step of path) {
    if (typeof value !== "object" || value === null) return undefined;
    value = Object.entries(value).find(([key]) => key === String(step))?.[1];
  }
  return value;
}
