import { spawn } from "node:child_process";
import { once } from "node:events";
import { cpSync, readFileSync, statSync, symlinkSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import { makeFolder, removeFolder } from "../support/process.ts";

/**
 * Node does not run TypeScript below node_modules, so the package holds JavaScript. Here it stands
 * as npm would install it: beside its dependencies, started through a link.
 */

const root = join(import.meta.dirname, "../..");
let folder = "";
beforeAll(async () => {
  folder = makeFolder("package");
  symlinkSync(join(root, "node_modules"), join(folder, "node_modules"));
  cpSync(join(root, "package.json"), join(folder, "package.json"));
  const tsc = join(root, "node_modules/.bin/tsc");
  await run(tsc, ["-p", join(root, "tsconfig.build.json"), "--outDir", join(folder, "dist")]);
  symlinkSync(join(folder, bin()), join(folder, "isthmus"));
});
afterAll(() => removeFolder(folder));

function bin(): string {
  const { bin } = JSON.parse(readFileSync(join(root, "package.json"), "utf8"));
  return bin.isthmus;
}

async function run(command: string, args: readonly string[]): Promise<{ code: number; out: string }> {
  const child = spawn(command, args, { cwd: folder, stdio: ["ignore", "pipe", "pipe"] });
  let out = "";
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding("utf8").on("data", (text: string) => {
      out += text;
    });
  }
  const [code] = await once(child, "close");
  return { code, out };
}

it("the built command runs", async () => {
  const { version } = JSON.parse(readFileSync(join(root, "package.json"), "utf8"));
  const isthmus = join(folder, "isthmus");
  expect(await run(process.execPath, [isthmus, "version"])).toEqual({ code: 0, out: `${version}\n` });
  const nowhere = ["--port", "1", "--irc", "irc://127.0.0.1:1"];
  const init = ["init", "--yes", "--domain", "example.org", ...nowhere];
  expect((await run(process.execPath, [isthmus, ...init])).code).toBe(0);
  const { out } = await run(process.execPath, [isthmus, "check", "--config", "isthmus.yaml"]);
  expect(out).toMatch(/^ok {5}data_dir /m);
  expect(out).toMatch(/^\w+ +irc\.example\.org: .*127\.0\.0\.1:1/m);
});

it("it is for Node, and named so", () => {
  expect(readFileSync(join(folder, bin()), "utf8")).toMatch(/^#!\/usr\/bin\/env node\n/);
  expect(statSync(join(folder, bin())).isFile()).toBe(true);
});
