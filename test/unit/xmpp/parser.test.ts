import { describe, expect, test } from "vitest";
import { el } from "../../../src/domain/element.ts";
import { header, open, read } from "./reading.ts";

describe("what comes in", () => {
  test("the header is given with its attributes, whatever stands before it", () => {
    const { parser, seen } = open();
    parser.write(`\n${header}`);
    expect(seen.failed).toEqual([]);
    expect(seen.opened[0]?.name).toBe("stream:stream");
    expect(seen.opened[0]?.attrs.id).toBe("s1");
    expect(seen.opened[0]?.attrs.xmlns).toBe("jabber:component:accept");
  });

  test("a message is an element without a namespace of its own", () => {
    const seen = read([`<message from='a@b/c' to="d@e" xml:lang='en'><body>hi</body><empty/></message>`]);
    expect(seen.elements).toEqual([
      el("message", { from: "a@b/c", to: "d@e", "xml:lang": "en" }, el("body", {}, "hi"), el("empty")),
    ]);
  });

  test("all stanzas of one read come together, and one that ends later comes with the next", () => {
    const seen = read(["<a/><b/><c", "/><d/>"]);
    expect(seen.elements.map((e) => e.name)).toEqual(["a", "b", "c", "d"]);
    expect(seen.batches).toEqual([2, 2]);
  });

  test("references, CDATA and line ends become the text they stand for", () => {
    const seen = read(["<m a='&lt;&#9;\n x'>&amp;&#x1F600;&apos;<![CDATA[<&]]]]>\r\nz\ry</m>"]);
    expect(seen.elements).toEqual([el("m", { a: "<\t  x" }, "&😀'<&]]\nz\ny")]);
  });

  test("white space between stanzas is nothing, however much", () => {
    const { parser, seen } = open();
    parser.write(header);
    for (let i = 0; i < 100; i++) parser.write(" \n".repeat(1000));
    parser.write("<a/>");
    expect(seen.failed).toEqual([]);
    expect(seen.elements).toEqual([el("a")]);
  });

  test("the end of the stream comes after the stanzas before it", () => {
    const seen = read(["<a/></stream:stream>\n"]);
    expect(seen.elements).toHaveLength(1);
    expect(seen.closed).toBe(1);
    expect(seen.failed).toEqual([]);
  });
});

describe("namespaces", () => {
  test.each([
    ["its own differs from its parent's", "<m><q xmlns='x'/></m>", el("m", {}, el("q", { xmlns: "x" }))],
    [
      "it repeats its parent's",
      "<m><q xmlns='x'><r xmlns='x'/></q></m>",
      el("m", {}, el("q", { xmlns: "x" }, el("r"))),
    ],
    [
      "it goes back",
      "<m><q xmlns='x'><r xmlns='jabber:component:accept'/></q></m>",
      el("m", {}, el("q", { xmlns: "x" }, el("r", { xmlns: "jabber:component:accept" }))),
    ],
    [
      "a prefix",
      "<m><p:q xmlns:p='x'><p:r/><s/></p:q></m>",
      el("m", {}, el("q", { xmlns: "x" }, el("r"), el("s", { xmlns: "jabber:component:accept" }))),
    ],
    [
      "a prefix declared again inside",
      "<m xmlns:p='x'><p:q xmlns:p='y'/><p:r/></m>",
      el("m", {}, el("q", { xmlns: "y" }), el("r", { xmlns: "x" })),
    ],
    ["a prefix of the header", "<stream:error/>", el("error", { xmlns: "http://etherx.jabber.org/streams" })],
    ["a prefix that nothing declares", "<m><p:q/></m>", el("m", {}, el("q", { xmlns: "unbound:p" }))],
    ["attributes with a prefix", "<m p:a='1' xml:lang='de' xmlns:p='x'/>", el("m", { "xml:lang": "de" })],
    ["the stream's own given again", "<m xmlns='jabber:component:accept'/>", el("m")],
    ["none", "<m><q xmlns=''/></m>", el("m", {}, el("q", { xmlns: "" }))],
  ])("%s", (_, xml, expected) => {
    const seen = read([xml]);
    expect(seen.failed).toEqual([]);
    expect(seen.elements).toEqual([expected]);
  });

  test("names that objects have of themselves are names like others", () => {
    const seen = read(["<constructor __proto__='1' toString='2' hasOwnProperty='3'/>"]);
    const [element] = seen.elements;
    expect(Object.entries(element?.attrs ?? {})).toEqual([
      ["__proto__", "1"],
      ["toString", "2"],
      ["hasOwnProperty", "3"],
    ]);
    expect(({} as Record<string, unknown>).polluted).toBeUndefined();
  });
});

describe("what is no XML, or more than RFC 6120 §11.1 allows, ends the reading and is said once", () => {
  test.each([
    ["<a>&nbsp;</a>", "reference"],
    ["<a>&#0;</a>", "reference"],
    ["<a>&#xD800;</a>", "reference"],
    ["<a>&#xFFFE;</a>", "reference"],
    ["<a>&#x110000;</a>", "reference"],
    ["<a>&#99999999999999999999;</a>", "reference"],
    ["<a>&;</a>", "reference"],
    [`<a>&${"a".repeat(100)}`, "reference"],
    ["<a>\u0001</a>", "U+0001"],
    ["<a>\u0000</a>", "U+0000"],
    ["<a>\ufffe</a>", "U+FFFE"],
    ["<a>\ud800</a>", "U+D800"],
    ["<a>\udc00</a>", "U+DC00"],
    ["<a b='\uffff'/>", "U+FFFF"],
    ["<a><![CDATA[\u0002]]></a>", "U+0002"],
    ["<a b='<'/>", "U+003C"],
    ["<a></b>", "does not match"],
    ["<a b='1' b='2'/>", "twice"],
    ["<a xmlns='1' xmlns='2'/>", "twice"],
    ["<a b='1'c='2'/>", "in a tag"],
    ["<a b=1/>", "in a tag"],
    ["<a b/>", "in a tag"],
    ["<1a/>", "proper name"],
    ["<a:b:c/>", "proper name"],
    ["<:a/>", "proper name"],
    ["< a/>", "proper name"],
    ["<a\u0001/>", "in a tag"],
    ["<!-- c -->", "comment"],
    ["<!DOCTYPE a [<!ENTITY b 'c'>]>", "comment or a document type"],
    ["<?php ?>", "processing instruction"],
    ["hello", "text between stanzas"],
    ["</a>", "does not match"],
    ["</stream:stream><a/>", "after the end"],
    ["</stream:stream>x<a/>", "after the end"],
  ])("%j", (xml, why) => {
    const seen = read([`<before/>${xml}<after/>`, "<after/>"]);
    expect(seen.elements).toEqual(xml.startsWith("</stream") || xml !== "" ? [el("before")] : []);
    expect(seen.failed).toHaveLength(1);
    expect(seen.failed[0]).toContain(why);
  });

  test.each([
    ["<?xml-stylesheet a?>", "processing instruction"],
    [`<?xml ${"a".repeat(300)}?>`, "endless"],
    ["<!DOCTYPE stream>", "document type"],
    [`<s a='${"a".repeat(5000)}'`, "header is too long"],
    [`<s ${Array.from({ length: 20 }, (_, i) => `a${i}='1'`).join(" ")}>`, "too many attributes"],
    ["HTTP/1.1 400 Bad Request\r\n\r\n<html>", "text between stanzas"],
    ["\x16\x03\x01", "U+0016"],
  ])("before the header: %j", (xml, why) => {
    const { parser, seen } = open();
    parser.write(xml);
    expect(seen.failed.join()).toContain(why);
  });
});
