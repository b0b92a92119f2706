// Exits 0 where node_modules is absent or does not hold what package-lock.json names. Runs on Node 20.
import { existsSync, readFileSync } from "node:fs";

const read = (file) => JSON.parse(readFileSync(file, "utf8")).packages;
const INSTALLED = "node_modules/.package-lock.json";

function stale() {
  if (!existsSync(INSTALLED)) return true;
  const installed = read(INSTALLED);
  // Optional packages are those of other platforms.
  return Object.entries(read("package-lock.json")).some(
    ([path, { version, optional }]) => path !== "" && !optional && installed[path]?.version !== version,
  );
}

process.exit(stale() ? 0 : 1);
