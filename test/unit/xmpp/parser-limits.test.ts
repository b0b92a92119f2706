import { describe, expect, test } from "vitest";
import { el } from "../../../src/domain/element.ts";
import { header, open, read } from "./reading.ts";

const attrs = { from: "a@b/c", to: "d@e", id: "1", type: "chat" };
const head = "<message from='a@b/c' to='d@e' id='1' type='chat'";

describe("a stanza over the limits is passed over, and its sender can be answered", () => {
  const deep = 10_000;
  test.each([
    ["a long text", `${head}><body>${"x".repeat(1_000_000)}</body></message>`, "bytes"],
    ["text of three bytes a character", `${head}><body>${"日".repeat(1400)}</body></message>`, "bytes"],
    ["many references", `${head}><body>${"&amp;".repeat(1000)}</body></message>`, "bytes"],
    ["many elements", `${head}>${"<a/>".repeat(2000)}</message>`, "bytes"],
    ["a long attribute", `${head} x='${"x".repeat(100_000)}'><a/></message>`, "bytes"],
    ["a long name", `${head}><${"x".repeat(100_000)}/></message>`, "bytes"],
    ["a long CDATA", `${head}><![CDATA[${"]".repeat(100_000)}]]></message>`, "bytes"],
    [
      "10,000 elements deep",
      `${head}>${"<a>".repeat(deep)}${"</a>".repeat(deep)}</message>`,
      "inside one another",
    ],
    ["10,000 attributes", `${head} ${manyAttributes()}/>`, "attributes"],
    ["10,000 attributes inside", `${head}><a ${manyAttributes()}><b/></a></message>`, "attributes"],
    ["10,000 attributes before the address", `<message ${manyAttributes()} ${head.slice(9)}/>`, "attributes"],
  ])("%s", (_, xml, why) => {
    const seen = read([`<before/>${xml}<after><in/></after>`]);
    expect(seen.failed).toEqual([]);
    expect(seen.elements).toEqual([el("before"), el("after", {}, el("in"))]);
    expect(seen.oversized).toHaveLength(1);
    expect(seen.oversized[0]?.head).toMatchObject({ name: "message", attrs, children: [] });
    expect(seen.oversized[0]?.why).toContain(why);
  });

  test("exactly at the limit it is taken", () => {
    const at = (size: number): string => `${head}>${"é".repeat((size - head.length - 11) / 2)}</message>`;
    expect(Buffer.byteLength(at(4096 - ((4096 - head.length - 11) % 2)))).toBeLessThanOrEqual(4096);
    const whole = `${head}>${"x".repeat(4096 - head.length - 11)}</message>`;
    expect(read([whole]).elements).toHaveLength(1);
    expect(read([whole.replace("x", "xx")]).oversized).toHaveLength(1);
    expect(read(["<m>", "<a/>".repeat(1022), "</m>"]).elements).toHaveLength(1);
    const nested = "<a>".repeat(16) + "</a>".repeat(16);
    expect(read([nested]).elements).toHaveLength(1);
    expect(read([`<a>${nested}</a>`]).oversized).toHaveLength(1);
  });

  test("its size is counted over many reads, and nothing of it is kept", () => {
    const { parser, seen } = open();
    parser.write(`${header}${head}><body>`);
    const piece = "y".repeat(65_536);
    for (let i = 0; i < 500; i++) parser.write(piece);
    const before = process.memoryUsage().heapUsed;
    for (let i = 0; i < 500; i++) parser.write(piece);
    expect(process.memoryUsage().heapUsed - before).toBeLessThan(5_000_000);
    parser.write("</body></message><a/>");
    expect(seen.oversized).toHaveLength(1);
    expect(seen.elements).toEqual([el("a")]);
  });

  test("a head that grows without end is answered too", () => {
    const { parser, seen } = open();
    parser.write(`${header}${head} x='`);
    for (let i = 0; i < 100; i++) parser.write("z".repeat(65_536));
    parser.write("' xml:lang='en'/><a/>");
    expect(seen.oversized[0]?.head.attrs).toEqual({ ...attrs, "xml:lang": "en" });
    expect(seen.elements).toEqual([el("a")]);
  });

  test("what is no XML ends the reading inside such a stanza too", () => {
    expect(read([`${head}>${"x".repeat(5000)}\u0001</message>`]).failed).toHaveLength(1);
  });
});

function manyAttributes(): string {
  return Array.from({ length: 10_000 }, (_, i) => `a${i}='1'`).join(" ");
}
