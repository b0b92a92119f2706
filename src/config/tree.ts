import { type Document, isMap, isNode, isSeq, LineCounter, parseDocument } from "yaml";
import { UserError } from "../domain/errors.ts";

/** Where a value stands: keys and list indexes from the top. */
export type Path = readonly (string | number)[];

/** A YAML file as plain data that still knows the line of each value. */
export interface Tree {
  readonly file: string;
  readonly data: unknown;
  /** `file:line` of a value, or of the nearest thing above it that is there. */
  place(path: Path): string;
}

/**
 * Reads YAML text.
 *
 * @throws UserError with one line, naming file and line of the first mistake
 */
export function parseTree(text: string, file: string): Tree {
  const lines = new LineCounter();
  const doc = parseDocument(text, { lineCounter: lines, prettyErrors: false });
  if (doc.errors.length > 0) {
    // The first mistake is the one; what follows is mostly its consequence.
    const [first] = doc.errors;
    const line = first === undefined ? 1 : lines.linePos(first.pos[0]).line;
    throw new UserError(
      `${file}:${line}: not valid YAML: ${oneLine(first?.message ?? "")}; look at brackets, quotes, colons and tabs at and above this line`,
    );
  }
  return {
    file,
    data: toData(doc, file),
    place: (path) => `${file}:${lines.linePos(offset(doc, path)).line}`,
  };
}

function toData(doc: Document, file: string): unknown {
  try {
    return doc.toJS();
  } catch (error) {
    throw new UserError(
      `${file}: not valid YAML: ${oneLine(error instanceof Error ? error.message : String(error))}`,
    );
  }
}

/** Offset of the key of the deepest part of the path that the document has. */
function offset(doc: Document, path: Path): number {
  let found = 0;
  let node: unknown = doc.contents;
  for (const step of path) {
    if (isMap(node)) {
      const pair = node.items.find((item) => String(item.key) === String(step));
      if (pair === undefined) break;
      if (isNode(pair.key)) found = pair.key.range?.[0] ?? found;
      node = pair.value;
    } else if (isSeq(node)) {
      node = node.items[Number(step)];
      if (isNode(node)) found = node.range?.[0] ?? found;
    } else break;
  }
  return found;
}

function oneLine(message: string): string {
  return message.replace(/\s+/g, " ").trim();
}
