import fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  cleanLine,
  cutBytes,
  formatLine,
  LineSplitter,
  MAX_INCOMING_LINE,
} from "../../../adapters/irc/lines.ts";

function linesOf(chunks: readonly Buffer[], splitter = new LineSplitter()): string[] {
  const lines: string[] = [];
  for (const chunk of chunks) splitter.push(chunk, { line: (line) => lines.push(line) });
  return lines;
}

function sliced(bytes: Buffer, size: number): Buffer[] {
  const chunks: Buffer[] = [];
  for (let at = 0; at < bytes.length; at += size) chunks.push(bytes.subarray(at, at + size));
  return chunks;
}

describe("incoming bytes become lines", () => {
  test("CR LF and LF end a line, empty lines are nothing", () => {
    expect(linesOf([Buffer.from("a b\r\n\r\n\nc\nd")])).toEqual(["a b", "c"]);
  });

  test("a read that ends inside a character changes nothing", () => {
    const text = "grüße 日本語 👩‍👩‍👧 مرحبا";
    const bytes = Buffer.from(`${text}\r\n`.repeat(3));
    for (const size of [1, 2, 3, 7]) expect(linesOf(sliced(bytes, size))).toEqual([text, text, text]);
  });

  test("the buffer of a read may be used again at once", () => {
    const splitter = new LineSplitter();
    const buffer = Buffer.from("begin");
    expect(linesOf([buffer], splitter)).toEqual([]);
    buffer.fill("x");
    expect(linesOf([Buffer.from("ning\n")], splitter)).toEqual(["beginning"]);
  });

  test("a line that is not UTF-8 is Latin-1, and only that line", () => {
    const bytes = Buffer.concat([
      Buffer.from("größe\n"),
      Buffer.from("größe\n", "latin1"),
      Buffer.from("größe\n"),
    ]);
    expect(linesOf([bytes])).toEqual(["größe", "größe", "größe"]);
  });

  test("a replacement character that was sent stays one", () => {
    expect(linesOf([Buffer.from("a\uFFFDb\n")])).toEqual(["a\uFFFDb"]);
  });

  test("CR and NUL inside a line are left out", () => {
    expect(linesOf([Buffer.from("a\rb\0c\r\r\n")])).toEqual(["abc"]);
  });

  test("a line over the limit is skipped while it comes in, and what follows is read", () => {
    const splitter = new LineSplitter();
    const flood = Array.from({ length: 50 }, () => Buffer.alloc(64 * 1024, "x"));
    expect(linesOf([...flood, Buffer.from("x\r\nPING :a\r\n")], splitter)).toEqual(["PING :a"]);
    expect(splitter.overlong).toBe(1);
  });

  test("a whole line over the limit in one read is skipped too", () => {
    const splitter = new LineSplitter(10);
    expect(linesOf([Buffer.from("12345678901\n1234567890\n")], splitter)).toEqual(["1234567890"]);
    expect(splitter.overlong).toBe(1);
  });

  test("the longest line that IRCv3 allows is read", () => {
    const line = "x".repeat(MAX_INCOMING_LINE);
    expect(linesOf(sliced(Buffer.from(`${line}\n`), 1000))).toEqual([line]);
  });

  test("slices of any size give the same lines", () => {
    const text = fc.array(fc.string({ unit: "grapheme", minLength: 1 }), { maxLength: 8 });
    fc.assert(
      fc.property(text, fc.integer({ min: 1, max: 9 }), (texts, size) => {
        const bytes = Buffer.from(texts.map((line) => `${line}\r\n`).join(""));
        expect(linesOf(sliced(bytes, size))).toEqual(linesOf([bytes]));
      }),
      { seed: 1, numRuns: 200 },
    );
  });
});

describe("outgoing lines", () => {
  test("a plain command", () => {
    expect(formatLine("PRIVMSG", ["#a", "hello there"])).toBe("PRIVMSG #a :hello there");
    expect(formatLine("JOIN", ["#a"])).toBe("JOIN #a");
    expect(formatLine("PRIVMSG", ["#a", ":)"])).toBe("PRIVMSG #a ::)");
    expect(formatLine("TOPIC", ["#a", ""])).toBe("TOPIC #a :");
  });

  test("no argument smuggles in another or a second line", () => {
    expect(formatLine("JOIN", ["#a\r\nQUIT"])).toBe("JOIN #aQUIT");
    expect(formatLine("KICK", ["#a b", "x", "why"])).toBe("KICK #a_b x why");
    expect(formatLine("KICK", [":#a", "", "why not"])).toBe("KICK _#a * :why not");
  });

  test("a list of targets becomes one that is nobody's; texts keep their commas", () => {
    expect(formatLine("PRIVMSG", ["#a,#b", "hello, there"])).toBe("PRIVMSG #a_#b :hello, there");
    expect(formatLine("JOIN", ["#a,#b"])).toBe("JOIN #a_#b");
    expect(formatLine("KICK", ["#a,#b", "x", "well, well"])).toBe("KICK #a_#b x :well, well");
    expect(formatLine("AWAY", ["so,so"])).toBe("AWAY so,so");
    expect(formatLine("QUIT", ["bye,bye"])).toBe("QUIT bye,bye");
  });

  test("what is no command is an error of ours", () => {
    expect(() => formatLine("PRIVMSG x\r\nQUIT", [])).toThrow(TypeError);
    expect(() => formatLine("", [])).toThrow(TypeError);
  });

  test("what is too long is cut between two characters", () => {
    const line = formatLine("PRIVMSG", ["#a", "ü".repeat(600)]);
    expect(Buffer.byteLength(line)).toBeLessThanOrEqual(510);
    expect(line.endsWith("ü")).toBe(true);
    expect(cutBytes("a😀", 4)).toBe("a");
  });

  test("no input gives a line with CR, LF or NUL inside, over 512 bytes, or with more arguments than given", () => {
    const nasty = fc.string({
      unit: fc.constantFrom("\r", "\n", "\0", " ", ":", "a", "#", "é", "😀", "\x01", "\uD800"),
      maxLength: 300,
    });
    const argument = fc.oneof(nasty, fc.string({ unit: "binary" }));
    fc.assert(
      fc.property(fc.array(argument, { maxLength: 4 }), (args) => {
        const line = formatLine("PRIVMSG", args);
        expect(line).not.toMatch(/[\r\n\0]/);
        expect(Buffer.byteLength(`${line}\r\n`)).toBeLessThanOrEqual(512);
        const [head = ""] = line.split(" :", 1);
        expect(head.split(" ").length - 1).toBeLessThanOrEqual(args.length);
        expect(cleanLine(args.join(" "))).not.toMatch(/[\r\n\0]/);
      }),
      { seed: 2, numRuns: 200 },
    );
  });
});
