/**
 * One XML element as plain data, the same for what comes in and what goes out. Names carry no
 * prefix; a namespace stands in `attrs.xmlns` where it differs from the parent's.
 */
export interface Element {
  readonly name: string;
  readonly attrs: Record<string, string>;
  readonly children: readonly (Element | string)[];
}

type Child = Element | string | undefined;
type Attrs = Record<string, string | undefined>;

/**
 * Builds an element; attributes and children that are undefined are left out.
 *
 * @example el("body", {}, "hello")
 */
export function el(name: string, attrs: Attrs = {}, ...children: Child[]): Element {
  const kept: Record<string, string> = {};
  for (const key in attrs) {
    const value = attrs[key];
    if (value !== undefined) kept[key] = value;
  }
  return { name, attrs: kept, children: children.filter((child) => child !== undefined) };
}

/** The first child element of that name and, where one is given, that namespace. */
export function child(parent: Element, name: string, xmlns?: string): Element | undefined {
  for (const node of parent.children) {
    if (typeof node === "string" || node.name !== name) continue;
    if (xmlns === undefined || node.attrs.xmlns === xmlns) return node;
  }
  return undefined;
}

/** All child elements, text left out. */
export function childElements(parent: Element): Element[] {
  return parent.children.filter((node) => typeof node !== "string");
}

/** The text directly inside an element, or "" for none or for no element. */
export function text(parent: Element | undefined): string {
  if (parent === undefined) return "";
  const first = parent.children[0];
  if (parent.children.length === 1 && typeof first === "string") return first;
  return parent.children.filter((node) => typeof node === "string").join("");
}

/** The text of the first child of that name, or undefined where there is no such child. */
export function childText(parent: Element, name: string, xmlns?: string): string | undefined {
  const found = child(parent, name, xmlns);
  return found === undefined ? undefined : text(found);
}
