import { readFileSync } from "node:fs";
import { resolve } from "node:path";
import type { Path } from "./tree.ts";

/** A mistake in the config: where, and what to do about it. */
export interface Problem {
  readonly path: Path;
  readonly text: string;
}

export interface Expanded {
  readonly data: unknown;
  readonly problems: readonly Problem[];
}

/** Where references in a config lead. `folder` is the config's own: relative paths start there. */
export interface Sources {
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly folder: string;
}

/** Keys whose text may stand in a file of its own, named by `KEY_file`. */
const FILE_KEYS: ReadonlySet<string> = new Set(["secret_file", "password_file"]);
/** Largest file taken as one value, bytes. */
const MAX_VALUE_FILE = 65_536;
const VARIABLE = /\$\$\{|\$\{([^}]*)\}/g;

/**
 * Puts in what a config only refers to: `${NAME}` inside any text (`$${` stands for `${` itself),
 * `{file: PATH}` in place of any text, and `secret_file: PATH` for `secret`. A file's last line
 * break is not part of the value.
 */
export function expand(data: unknown, sources: Sources): Expanded {
  const problems: Problem[] = [];
  return { data: expandValue(data, [], sources, problems), problems };
}

function expandValue(value: unknown, path: Path, sources: Sources, problems: Problem[]): unknown {
  if (typeof value === "string") return expandText(value, path, sources, problems);
  if (Array.isArray(value)) return value.map((item, i) => expandValue(item, [...path, i], sources, problems));
  if (typeof value !== "object" || value === null) return value;
  const entries = Object.entries(value);
  const only = entries[0];
  if (entries.length === 1 && only?.[0] === "file") return readValue(only[1], path, sources, problems);
  return Object.fromEntries(entries.map(([key, item]) => expandEntry(key, item, path, sources, problems)));
}

function expandEntry(
  key: string,
  item: unknown,
  path: Path,
  sources: Sources,
  problems: Problem[],
): [string, unknown] {
  const here = [...path, key];
  if (!FILE_KEYS.has(key)) return [key, expandValue(item, here, sources, problems)];
  return [key.slice(0, -"_file".length), readValue(item, here, sources, problems)];
}

function expandText(text: string, path: Path, sources: Sources, problems: Problem[]): string {
  return text.replace(VARIABLE, (whole, name: string | undefined) => {
    if (name === undefined) return "${";
    const value = sources.env[name];
    if (value !== undefined && value !== "") return value;
    problems.push({
      path,
      text: `the environment variable ${name} is not set; set it, or use {file: PATH}, or write $${whole} to mean the text itself`,
    });
    return MISSING;
  });
}

function readValue(name: unknown, path: Path, sources: Sources, problems: Problem[]): string {
  if (typeof name !== "string") {
    problems.push({ path, text: "expected the path of a file" });
    return MISSING;
  }
  const file = resolve(sources.folder, expandText(name, path, sources, problems));
  try {
    const text = readFileSync(file, "utf8");
    if (text.length <= MAX_VALUE_FILE) return text.replace(/\r?\n$/, "");
    problems.push({
      path,
      text: `${file} has more than ${MAX_VALUE_FILE} characters; is it the right file?`,
    });
  } catch (error) {
    problems.push({
      path,
      text: `cannot read ${file}: ${reason(error)}; name a file that this user can read`,
    });
  }
  return MISSING;
}

/** Stands in for what could not be found, so that the rest is still checked. */
const MISSING = "missing-value";

/** The operating system's reason in words, without a stack. */
export function reason(error: unknown): string {
  const code = error instanceof Error && "code" in error ? error.code : undefined;
  if (code === "ENOENT") return "there is no such file or folder";
  if (code === "EACCES" || code === "EPERM") return "permission denied";
  if (code === "EISDIR") return "it is a folder";
  if (code === "ENOTDIR") return "a part of its path is not a folder";
  if (code === "EROFS") return "the file system is read-only";
  if (code === "ENOSPC") return "the disk is full";
  return error instanceof Error ? error.message : String(error);
}
