import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { child, childText, el } from "../../../../src/domain/element.ts";
import { MAX_PAGE, page } from "../../../../src/xmpp/codec/disco.ts";
import { NS } from "../../../../src/xmpp/codec/namespaces.ts";

const letters = ["a", "b", "c", "d", "e"];
const self = (item: string) => item;

function query(...fields: [string, string?][]) {
  const set = el(
    "set",
    { xmlns: NS.rsm },
    ...fields.map(([name, value]) => el(name, {}, ...(value === undefined ? [] : [value]))),
  );
  return el("query", { xmlns: NS.discoItems }, set);
}

describe("a page of a list (XEP-0059)", () => {
  it("begins at the front with as many as asked for", () => {
    const first = page(query(["max", "2"]), letters, self);
    expect(first?.items).toEqual(["a", "b"]);
    expect(childText(first?.set ?? el("none"), "count")).toBe("5");
    expect(child(first?.set ?? el("none"), "first")?.attrs.index).toBe("0");
    expect(childText(first?.set ?? el("none"), "last")).toBe("b");
  });

  it("goes on after the last one seen", () => {
    expect(page(query(["max", "2"], ["after", "b"]), letters, self)?.items).toEqual(["c", "d"]);
  });

  it("goes back before one, and from the end for an empty before (§2.5)", () => {
    expect(page(query(["max", "2"], ["before", "c"]), letters, self)?.items).toEqual(["a", "b"]);
    expect(page(query(["max", "2"], ["before"]), letters, self)?.items).toEqual(["d", "e"]);
  });

  it("tells the count alone for max 0 (§2.7)", () => {
    const counted = page(query(["max", "0"]), letters, self);
    expect(counted?.items).toEqual([]);
    expect(childText(counted?.set ?? el("none"), "count")).toBe("5");
  });

  it("knows that an item is not there (§2.4)", () => {
    expect(page(query(["after", "z"]), letters, self)).toBeUndefined();
  });

  it("gives everything, without a set, to who asks for no page", () => {
    const all = page(el("query", { xmlns: NS.discoItems }), letters, self);
    expect(all).toEqual({ items: letters, set: undefined });
  });

  it("gives never more than a page's most", () => {
    const many = Array.from({ length: MAX_PAGE + 10 }, (_, n) => String(n));
    expect(page(el("query"), many, self)?.items).toHaveLength(MAX_PAGE);
    expect(page(query(["max", "99999"]), many, self)?.items).toHaveLength(MAX_PAGE);
  });

  it("visits every item once, in order, whatever the page size", () => {
    const lists = fc.uniqueArray(fc.string({ minLength: 1 }), { maxLength: 60 });
    fc.assert(
      fc.property(lists, fc.integer({ min: 1, max: 20 }), (list, size) => {
        const seen: string[] = [];
        let last: string | undefined;
        do {
          const fields: [string, string?][] = [["max", String(size)]];
          if (last !== undefined) fields.push(["after", last]);
          const found = page(query(...fields), list, self);
          seen.push(...(found?.items ?? []));
          last = found?.items.at(-1);
        } while (last !== undefined);
        expect(seen).toEqual(list);
      }),
      { seed: 59, numRuns: 200 },
    );
  });
});
