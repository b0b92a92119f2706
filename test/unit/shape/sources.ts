import { globSync, readFileSync } from "node:fs";
import { dirname, join, relative } from "node:path";

export const ROOT = join(import.meta.dirname, "../../..");

/** Written by a script from tables: its length says nothing. */
const GENERATED = ["src/domain/prep-tables.ts"];

export interface Import {
  /** A file of ours, relative to the root, or a library's or builtin's name as it is written. */
  readonly target: string;
  readonly ours: boolean;
  readonly typeOnly: boolean;
}

export interface Source {
  /** Relative to the root. */
  readonly file: string;
  readonly lines: readonly string[];
  readonly imports: readonly Import[];
}

/** All sources that people wrote under these folders. */
export function sources(...folders: string[]): Source[] {
  const files = folders.flatMap((folder) => globSync(`${folder}/**/*.ts`, { cwd: ROOT }));
  return files
    .filter((file) => !GENERATED.includes(file))
    .sort()
    .map((file) => {
      const text = readFileSync(join(ROOT, file), "utf8");
      return { file, lines: text.trimEnd().split("\n"), imports: importsOf(file, text) };
    });
}

/** Static, re-exporting and dynamic imports. The formatter keeps each of them in this form. */
const IMPORT =
  /^(import|export)( type)?\b[^;"'`]*? from "([^"]+)";|^import "([^"]+)";|\bimport\("([^"]+)"\)/gm;

function importsOf(file: string, text: string): Import[] {
  return [...text.matchAll(IMPORT)].map((match) => {
    const written = match[3] ?? match[4] ?? match[5] ?? "";
    const ours = written.startsWith(".");
    const target = ours ? relative(ROOT, join(ROOT, dirname(file), written)) : written;
    return { target, ours, typeOnly: match[2] !== undefined };
  });
}

export interface FunctionSize {
  readonly where: string;
  readonly lines: number;
}

const KEYWORDS = /^\s*(\} )?(if|for|while|switch|else|try|catch|do|return|with)\b/;
const BEGINS = [
  /^(\s*)(export )?(async )?function\b/,
  /^(\s*)(private |override |static |async |get |set |\*)*[\w#$]+(<[^>]*>)?\($/,
  /^(\s*)(private |override |static |async |get |set |\*)*[\w#$]+(<[^>]*>)?\(.*\{$/,
  /^(\s*)(export )?const \w+.* = (async )?\(.*=> \{$/,
  /^(\s*)[\w"]+: (async )?\(.*=> \{$/,
];

/** Named functions and methods with a body, and their lines, by the formatter's indentation. */
export function functionsOf(source: Source): FunctionSize[] {
  const found: FunctionSize[] = [];
  source.lines.forEach((line, index) => {
    const begin = KEYWORDS.test(line)
      ? undefined
      : BEGINS.map((one) => one.exec(line)).find((match) => match !== null);
    if (begin === undefined || begin === null) return;
    const indent = begin[1] ?? "";
    const rest = source.lines.slice(index + 1);
    const length = rest.findIndex((later) => later.startsWith(`${indent}}`) && !later.endsWith("{"));
    const call = rest
      .slice(0, length)
      .some((later) => later.startsWith(`${indent})`) && !later.endsWith("{"));
    if (length >= 0 && !call) found.push({ where: `${source.file}:${index + 1}`, lines: length + 2 });
  });
  return found;
}
