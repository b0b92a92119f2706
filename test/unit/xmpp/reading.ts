import type { Element } from "../../../src/domain/element.ts";
import { Parser, type ParserLimits } from "../../../src/xmpp/parser.ts";

/** What a parser said of a stream, in order. */
export interface Seen {
  readonly opened: Element[];
  readonly elements: Element[];
  readonly batches: number[];
  readonly oversized: { head: Element; why: string }[];
  closed: number;
  readonly failed: string[];
}

export const limits: ParserLimits = { maxStanza: 4096, maxDepth: 16, maxAttributes: 16 };
export const header =
  "<?xml version='1.0'?><stream:stream xmlns:stream='http://etherx.jabber.org/streams' " +
  "xmlns='jabber:component:accept' id='s1' from='irc.example.org'>";

export function open(some: Partial<ParserLimits> = {}): { parser: Parser; seen: Seen } {
  const seen: Seen = { opened: [], elements: [], batches: [], oversized: [], closed: 0, failed: [] };
  const parser = new Parser(
    { ...limits, ...some },
    {
      opened: (root) => seen.opened.push(root),
      elements: (batch) => {
        seen.elements.push(...batch);
        seen.batches.push(batch.length);
      },
      oversized: (head, why) => seen.oversized.push({ head, why }),
      closed: () => seen.closed++,
      failed: (why) => seen.failed.push(why),
    },
  );
  return { parser, seen };
}

/** Reads the header and then the given pieces, each as one read. */
export function read(pieces: readonly string[], some: Partial<ParserLimits> = {}): Seen {
  const { parser, seen } = open(some);
  for (const piece of [header, ...pieces]) parser.write(piece);
  return seen;
}

/** Everything that does not depend on how the stream was cut into reads. */
export function essence(seen: Seen): unknown {
  const { batches: _, ...rest } = seen;
  return rest;
}
