import { connect, createServer, type Server, type Socket } from "node:net";

export interface SlicingProxyOptions {
  readonly port: number;
  readonly host?: string;
  /** Bytes of one write; Infinity passes reads on as they come. Default 1. */
  readonly slice?: number;
}

/** Stands between two peers on loopback and slices what each of them reads, cuts, or falls silent. */
export interface SlicingProxy {
  readonly host: "127.0.0.1";
  readonly port: number;
  /** Connections open at the moment. */
  readonly open: number;
  /** Ends every connection at once (RST). */
  cut(): void;
  /** Half-open peers: the connections of this moment stay, and nothing passes; new ones work. */
  freeze(): void;
  thaw(): void;
  /** Refuses new connections, or accepts them again. */
  refuse(yes: boolean): void;
  stop(): Promise<void>;
}

/** One connection through the proxy. */
interface Pair {
  readonly near: Socket;
  readonly far: Socket;
  frozen: boolean;
}

export async function slicingProxy(options: SlicingProxyOptions): Promise<SlicingProxy> {
  const pairs = new Set<Pair>();
  let refusing = false;
  const server = createServer({ noDelay: true }, (near) => {
    if (refusing) near.destroy();
    else open(near, options, pairs);
  });
  const port = await listen(server);
  const cut = () => {
    for (const { near, far } of pairs) for (const socket of [near, far]) socket.resetAndDestroy();
    pairs.clear();
  };
  return {
    host: "127.0.0.1",
    port,
    get open() {
      return pairs.size;
    },
    cut,
    freeze: () => setFrozen(pairs, true),
    thaw: () => setFrozen(pairs, false),
    refuse: (yes) => {
      refusing = yes;
    },
    async stop() {
      cut();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

function open(near: Socket, options: SlicingProxyOptions, pairs: Set<Pair>): void {
  const far = connect({ port: options.port, host: options.host ?? "127.0.0.1", noDelay: true });
  const pair: Pair = { near, far, frozen: false };
  pairs.add(pair);
  forward(pair, near, far, options.slice ?? 1);
  forward(pair, far, near, options.slice ?? 1);
  const end = () => {
    // A frozen pair's ends never hear of one another, like the two sides of a dead route.
    if (pair.frozen) return;
    pairs.delete(pair);
    near.destroy();
    far.destroy();
  };
  for (const socket of [near, far]) socket.on("error", () => {}).on("close", end);
}

function setFrozen(pairs: Set<Pair>, frozen: boolean): void {
  for (const pair of pairs) {
    pair.frozen = frozen;
    for (const socket of [pair.near, pair.far]) frozen ? socket.pause() : socket.resume();
  }
}

/** Each slice is a write of its own, and the next waits for the event loop, so that the reader sees them apart. */
function forward(pair: Pair, from: Socket, to: Socket, slice: number): void {
  let ready: Promise<void> = Promise.resolve();
  from.on("data", (data: Buffer) => {
    from.pause();
    ready = ready.then(async () => {
      for (let at = 0; at < data.length && !to.destroyed; at += slice) {
        to.write(slice === Number.POSITIVE_INFINITY ? data : data.subarray(at, at + slice));
        await new Promise(setImmediate);
      }
      if (!pair.frozen) from.resume();
    });
  });
}

function listen(server: Server): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once("error", reject);
    server.listen(0, "127.0.0.1", () => {
      const address = server.address();
      resolve(typeof address === "object" && address !== null ? address.port : 0);
    });
  });
}
