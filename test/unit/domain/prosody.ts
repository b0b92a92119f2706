import { spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";

/** What Prosody's own code makes of a JID; undefined parts are those that are not there. */
export interface ProsodyJid {
  readonly local: string | undefined;
  readonly domain: string;
  readonly resource: string | undefined;
  /** The domain is one that Prosody could look up. */
  readonly idna: boolean;
}

const script = fileURLToPath(new URL("./prosody-jid.lua", import.meta.url));

/** Asks Prosody's util.jid, as Debian builds it, for all texts at once. */
export function prosodyJids(texts: readonly string[]): (ProsodyJid | undefined)[] {
  return ask(texts).map((line) => {
    if (line === "nil") return undefined;
    const [local = "", domain = "", resource = "", idna] = line.split(",");
    return { local: part(local), domain: bytes(domain), resource: part(resource), idna: idna === "1" };
  });
}

/** Nodeprep, nameprep and resourceprep of each text; undefined for refused. */
export function prosodyParts(texts: readonly string[]): (string | undefined)[][] {
  return ask(texts, "parts").map((line) =>
    line.split(",").map((hex) => (hex === "nil" ? undefined : bytes(hex))),
  );
}

function ask(texts: readonly string[], ...args: string[]): string[] {
  const input = texts.map((text) => `${Buffer.from(text).toString("hex")}\n`).join("");
  const run = spawnSync("lua5.4", [script, ...args], {
    input,
    encoding: "utf8",
    maxBuffer: 64 << 20,
    timeout: 60_000,
  });
  if (run.error !== undefined || run.status !== 0) {
    throw new Error(`Prosody's util.jid did not answer: ${run.error?.message ?? run.stderr}`);
  }
  return run.stdout.trimEnd().split("\n");
}

function part(hex: string): string | undefined {
  return hex === "-" ? undefined : bytes(hex);
}

function bytes(hex: string): string {
  return Buffer.from(hex, "hex").toString();
}
