import { existsSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";

/** The package's version: package.json is above, one step further from the built files. */
export function version(): string {
  let folder = import.meta.dirname;
  while (!existsSync(join(folder, "package.json"))) {
    const above = dirname(folder);
    if (above === folder) return "unknown";
    folder = above;
  }
  const content: unknown = JSON.parse(readFileSync(join(folder, "package.json"), "utf8"));
  return typeof content === "object" && content !== null && "version" in content
    ? String(content.version)
    : "unknown";
}
