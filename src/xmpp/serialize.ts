import type { Element } from "../domain/element.ts";
import { charName, isName, scan, stops } from "./chars.ts";
import { Intern } from "./intern.ts";

/** Something in an element that no XML can carry: a server would close the stream for it. */
export class IllegalXmlError extends Error {
  override readonly name = "IllegalXmlError";
}

/** Deepest element that is written: what is built here is never deeper. */
const maxDepth = 100;

const textStops = stops("<>&", "\t\n");
const attributeStops = stops("<>&'\"");
const names = new Intern(1024, 32);

/**
 * An element as XML, in the default namespace of the stream. `attrs.xmlns` is written where it
 * stands, but not on the stanza itself, which is in the stream's namespace (XEP-0114 §3).
 *
 * @throws IllegalXmlError for a character, name or depth that must not go out
 */
export function serialize(stanza: Element): string {
  return write(stanza, 0);
}

function write(element: Element, depth: number): string {
  if (depth > maxDepth) throw new IllegalXmlError(`more than ${maxDepth} elements inside one another`);
  const name = checkName(element.name);
  let out = `<${name}`;
  const { attrs, children } = element;
  for (const key in attrs) {
    const value = attrs[key];
    if (value === undefined || (depth === 0 && key === "xmlns")) continue;
    out += ` ${checkName(key)}='${escapeText(value, attributeStops)}'`;
  }
  if (children.length === 0) return `${out}/>`;
  out += ">";
  for (const child of children) {
    out += typeof child === "string" ? escapeText(child, textStops) : write(child, depth + 1);
  }
  return `${out}</${name}>`;
}

/** Elements have no prefix, and of attributes only `xml:` ones: nothing declares any other. */
function checkName(name: string): string {
  const known = names.find(name);
  if (known !== undefined) return known;
  if (!isName(name) || (name.includes(":") && !name.startsWith("xml:"))) {
    throw new IllegalXmlError(`"${name.slice(0, 32).toWellFormed()}" is no name for an element or attribute`);
  }
  return names.add(name);
}

/** Text as it stands in XML: references for what has a meaning there or would be read as something else. */
function escapeText(value: string, table: Uint8Array): string {
  let end = scan(value, 0, table);
  if (end === value.length) return value;
  let out = "";
  let from = 0;
  while (end < value.length) {
    out += value.slice(from, end) + reference(value, end);
    from = end + 1;
    end = scan(value, from, table);
  }
  return out + value.slice(from);
}

function reference(value: string, at: number): string {
  switch (value.charCodeAt(at)) {
    case 38:
      return "&amp;";
    case 60:
      return "&lt;";
    case 62:
      return "&gt;";
    case 39:
      return "&apos;";
    case 34:
      return "&quot;";
    // XML 1.0 §2.11 and §3.3.3: written as they are, these would be read as a line feed or a space.
    case 13:
      return "&#xD;";
    case 10:
      return "&#xA;";
    case 9:
      return "&#x9;";
    default:
      throw new IllegalXmlError(`the character ${charName(value, at)} cannot be sent over XMPP`);
  }
}
