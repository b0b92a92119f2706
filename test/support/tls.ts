import { readFileSync } from "node:fs";
import { join } from "node:path";
import { run } from "./process.ts";

export interface Certificate {
  readonly certFile: string;
  readonly keyFile: string;
  /** The authority that signed it, to be trusted by the test's own clients. */
  readonly caFile: string;
  readonly ca: string;
}

/** Makes an authority and a certificate for `names` (host names or IPv4 addresses) in a folder, by openssl. */
export async function makeCertificate(folder: string, names: readonly string[]): Promise<Certificate> {
  const file = (name: string) => join(folder, name);
  const openssl = (...args: string[]) => run("openssl", args, { name: "openssl", cwd: folder });
  const key = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"];
  await openssl(
    "req",
    "-x509",
    ...key,
    "-keyout",
    "ca.key",
    "-out",
    "ca.pem",
    "-days",
    "30",
    "-subj",
    "/CN=Test authority",
  );
  const alternatives = names.map((name) => `${/^[\d.]+$/.test(name) ? "IP" : "DNS"}:${name}`).join(",");
  await openssl(
    "req", "-x509", ...key, "-keyout", "server.key", "-out", "server.pem", "-days", "30",
    "-CA", "ca.pem", "-CAkey", "ca.key", "-subj", `/CN=${names[0]}`,
    "-addext", `subjectAltName=${alternatives}`, "-addext", "basicConstraints=critical,CA:FALSE",
  ); // biome-ignore format: one option and its value side by side
  const ca = readFileSync(file("ca.pem"), "utf8");
  return { certFile: file("server.pem"), keyFile: file("server.key"), caFile: file("ca.pem"), ca };
}
