import fc from "fast-check";
import { expect, it } from "vitest";
import { parseListen } from "../../../src/config/listen.ts";

it.each([
  ["127.0.0.1:8080", { host: "127.0.0.1", port: 8080 }],
  ["localhost:1", { host: "localhost", port: 1 }],
  ["[::1]:65535", { host: "::1", port: 65_535 }],
  [":8080", { port: 8080 }],
])("%s is where to listen", (text, address) => {
  expect(parseListen(text)).toEqual(address);
});

it.each([
  ["no port", "127.0.0.1"],
  ["an empty port", "127.0.0.1:"],
  ["port 0", "127.0.0.1:0"],
  ["a port that there is not", ":65536"],
  ["no number", ":http"],
  ["IPv6 without brackets", "::1:8080"],
  ["a URL", "http://127.0.0.1:8080"],
  ["a path", "127.0.0.1:8080/x"],
  ["a star", "*:8080"],
  ["nothing", ""],
])("%s is not", (_name, text) => {
  expect(parseListen(text)).toBeUndefined();
});

it("takes any text for an address or for none", () => {
  fc.assert(
    fc.property(fc.string(), (text) => {
      const address = parseListen(text);
      expect(address === undefined || (address.port >= 1 && address.port <= 65_535)).toBe(true);
    }),
    { seed: 20261121, numRuns: 500 },
  );
});
