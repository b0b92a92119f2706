/** Where a server listens; without a host, on all addresses. */
export interface ListenAddress {
  readonly host?: string;
  readonly port: number;
}

const HOST_PORT = /^(?:\[([0-9a-fA-F:.]+)\]|([^\s:/[\]*]*)):(\d{1,5})$/;

/** `127.0.0.1:8080`, `[::1]:8080`, `localhost:8080` or `:8080`; undefined for anything else. */
export function parseListen(text: string): ListenAddress | undefined {
  const match = HOST_PORT.exec(text);
  const port = Number(match?.[3]);
  if (match === null || port < 1 || port > 65_535) return undefined;
  const host = match[1] ?? match[2] ?? "";
  return host === "" ? { port } : { host, port };
}
