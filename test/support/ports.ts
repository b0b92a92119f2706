import { createServer } from "node:net";

/** Below the range that the kernel gives to outgoing connections (32768 and up), so that none of those can take one. */
const FIRST = 20_000;
const SLICE = 40;
const SLICES = 300;

let next = 0;

/**
 * A TCP port on 127.0.0.1 that nothing listens on. Each process searches a slice of its own, so
 * that two that run at the same time are not given the same port before they bind it.
 */
export async function freePort(): Promise<number> {
  const base = FIRST + (process.pid % SLICES) * SLICE;
  for (let tries = 0; tries < SLICE; tries++) {
    const port = base + (next++ % SLICE);
    if (await bindable(port)) return port;
  }
  throw new Error(`no free port between ${base} and ${base + SLICE - 1} on 127.0.0.1`);
}

function bindable(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once("error", () => resolve(false));
    server.listen(port, "127.0.0.1", () => server.close(() => resolve(true)));
  });
}
