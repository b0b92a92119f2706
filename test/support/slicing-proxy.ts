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
  /** Half-open peers: connections stay, nothing passes. */
  freeze(): void;
  thaw(): void;
  /** Refuses new connections, or accepts them again. */
  refuse(yes: boolean): void;
  stop(): Promise<void>;
}

export async function slicingProxy(options: SlicingProxyOptions): Promise<SlicingProxy> {
  const state = { frozen: false, refusing: false, pairs: new Set<readonly [Socket, Socket]>() };
  const server = createServer({ noDelay: true }, (near) => {
    if (state.refusing) {
      near.destroy();
      return;
    }
    const far = connect({ port: options.port, host: options.host ?? "127.0.0.1", noDelay: true });
    const pair = [near, far] as const;
    state.pairs.add(pair);
    for (const [from, to] of [pair, [far, near] as const])
      forward(from, to, options.slice ?? 1, () => state.frozen);
    const end = () => {
      state.pairs.delete(pair);
      if (!state.frozen) for (const socket of pair) socket.destroy();
    };
    for (const socket of pair) socket.on("error", end).on("close", end);
  });
  const port = await listen(server);
  const cut = () => {
    for (const pair of state.pairs) for (const socket of pair) socket.resetAndDestroy();
    state.pairs.clear();
  };
  return {
    host: "127.0.0.1",
    port,
    get open() {
      return state.pairs.size;
    },
    cut,
    freeze: () => setFrozen(state, true),
    thaw: () => setFrozen(state, false),
    refuse: (yes) => {
      state.refusing = yes;
    },
    async stop() {
      cut();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

interface State {
  frozen: boolean;
  readonly pairs: Set<readonly [Socket, Socket]>;
}

function setFrozen(state: State, frozen: boolean): void {
  state.frozen = frozen;
  for (const pair of state.pairs) for (const socket of pair) frozen ? socket.pause() : socket.resume();
}

/** Each slice is a write of its own, and the next waits for the event loop, so that the reader sees them apart. */
function forward(from: Socket, to: Socket, slice: number, frozen: () => boolean): void {
  let ready: Promise<void> = Promise.resolve();
  from.on("data", (data: Buffer) => {
    from.pause();
    ready = ready.then(async () => {
      for (let at = 0; at < data.length && !to.destroyed; at += slice) {
        to.write(slice === Number.POSITIVE_INFINITY ? data : data.subarray(at, at + slice));
        await new Promise(setImmediate);
      }
      if (!frozen()) from.resume();
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
