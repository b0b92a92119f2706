import { child, childText, type Element, el } from "../../domain/element.ts";
import { NS } from "./namespaces.ts";

export interface DiscoIdentity {
  readonly category: string;
  readonly type: string;
  readonly name: string;
}

/** XEP-0030 §3.1, with XEP-0128 forms. */
export function discoInfo(
  identities: readonly DiscoIdentity[],
  features: readonly string[],
  ...forms: Element[]
): Element {
  return el(
    "query",
    { xmlns: NS.discoInfo },
    ...identities.map((identity) => el("identity", { ...identity })),
    ...features.map((feature) => el("feature", { var: feature })),
    ...forms,
  );
}

export interface DiscoItem {
  readonly jid: string;
  readonly name?: string | undefined;
}

/** XEP-0030 §4.1; `rsm` is the `<set/>` of a page. */
export function discoItems(items: readonly DiscoItem[], rsm?: Element): Element {
  return el("query", { xmlns: NS.discoItems }, ...items.map((item) => el("item", { ...item })), rsm);
}

/** XEP-0004 §3.3: a form of type result with plain values. */
export function resultForm(formType: string, fields: Readonly<Record<string, string | undefined>>): Element {
  const shown = Object.entries(fields).filter((entry): entry is [string, string] => entry[1] !== undefined);
  return el(
    "x",
    { xmlns: NS.dataForms, type: "result" },
    el("field", { var: "FORM_TYPE", type: "hidden" }, el("value", {}, formType)),
    ...shown.map(([name, value]) => el("field", { var: name }, el("value", {}, value))),
  );
}

export interface Page<Item> {
  readonly items: readonly Item[];
  /** The `<set/>` to answer with; undefined where the request had none. */
  readonly set: Element | undefined;
}

/** Most items of one page, whatever is asked for. */
export const MAX_PAGE = 250;

/**
 * XEP-0059 §2: the page of a list that a request's `<set/>` asks for. Undefined where it names an
 * item that is not there (§2.4: item-not-found). A request without a set gets all, up to `most`.
 */
export function page<Item>(
  query: Element,
  all: readonly Item[],
  idOf: (item: Item) => string,
  most: number = MAX_PAGE,
): Page<Item> | undefined {
  const set = child(query, "set", NS.rsm);
  if (set === undefined && all.length <= most) return { items: all, set: undefined };
  const wanted = Number(childText(set ?? query, "max") ?? most);
  const size = Math.min(Number.isInteger(wanted) && wanted >= 0 ? wanted : most, most);
  const start = pageStart(set, all, idOf, size);
  if (start === undefined) return undefined;
  const items = all.slice(start.from, start.to);
  return { items, set: pageSet(items, idOf, start.from, all.length) };
}

function pageStart<Item>(
  set: Element | undefined,
  all: readonly Item[],
  idOf: (item: Item) => string,
  size: number,
): { from: number; to: number } | undefined {
  const after = set && childText(set, "after");
  const before = set && childText(set, "before");
  const index = set && childText(set, "index");
  const find = (id: string) => all.findIndex((item) => idOf(item) === id);
  if (after !== undefined && after !== "") {
    const at = find(after);
    return at < 0 ? undefined : { from: at + 1, to: at + 1 + size };
  }
  if (before !== undefined) {
    const at = before === "" ? all.length : find(before);
    return at < 0 ? undefined : { from: Math.max(0, at - size), to: at };
  }
  const from = index !== undefined && /^\d{1,9}$/.test(index) ? Number(index) : 0;
  return { from, to: from + size };
}

function pageSet<Item>(
  items: readonly Item[],
  idOf: (item: Item) => string,
  from: number,
  count: number,
): Element {
  const [first, last] = [items[0], items.at(-1)];
  return el(
    "set",
    { xmlns: NS.rsm },
    first === undefined ? undefined : el("first", { index: String(from) }, idOf(first)),
    last === undefined ? undefined : el("last", {}, idOf(last)),
    el("count", {}, String(count)),
  );
}
