import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { Logger } from "../adapter.ts";

/** What a route says, as plain text for programs and people: no secret, no address of a user. */
export interface Answer {
  readonly status: number;
  readonly text: string;
}

/** Answers one request. What it throws is logged, and told as status 500 without the reason. */
export type Route = () => Answer | Promise<Answer>;

/** By path, exactly as asked for, without the query. Looked at on each request, so that it may grow. */
export type Routes = ReadonlyMap<string, Route>;

/** Where to listen; without a host, on all addresses. */
export interface Listen {
  readonly host?: string;
  readonly port: number;
}

export interface HttpLimits {
  /** Largest request line and headers together, bytes. */
  readonly maxHeader: number;
  /** Most connections at a time; more are closed at once. */
  readonly maxConnections: number;
  /** Most requests of one connection. */
  readonly maxRequests: number;
  /** How long the headers, and the whole request, may take to come, milliseconds. */
  readonly headersTimeout: number;
  readonly requestTimeout: number;
  /** How long a connection may be silent, between requests or during one, milliseconds. */
  readonly idleTimeout: number;
  /** How often those are looked at, milliseconds. */
  readonly checkEvery: number;
}

export const defaultHttpLimits: HttpLimits = {
  maxHeader: 8_192,
  maxConnections: 64,
  maxRequests: 100,
  headersTimeout: 5_000,
  requestTimeout: 10_000,
  idleTimeout: 15_000,
  checkEvery: 1_000,
};

/** Refused connections are told this often at most, milliseconds. */
const TELL_EVERY = 60_000;

export interface HttpServer {
  readonly port: number;
  /** Takes no more connections, and cuts those off that have not ended within `ms`. */
  close(ms: number): Promise<void>;
}

/**
 * Listens, and answers GET and HEAD by the routes; everything else is 404, 405 or 413.
 *
 * @throws the operating system's error where it cannot listen, with its `code`
 */
export async function serveHttp(
  listen: Listen,
  routes: Routes,
  log: Logger,
  limits: HttpLimits = defaultHttpLimits,
): Promise<HttpServer> {
  const options = {
    maxHeaderSize: limits.maxHeader,
    headersTimeout: limits.headersTimeout,
    requestTimeout: limits.requestTimeout,
    keepAliveTimeout: limits.idleTimeout,
    connectionsCheckingInterval: limits.checkEvery,
  };
  const server = createServer(options, (request, response) => void answer(request, response, routes, log));
  server.maxConnections = limits.maxConnections;
  server.maxRequestsPerSocket = limits.maxRequests;
  server.setTimeout(limits.idleTimeout);
  await listening(server, listen);
  // Such as too many open files: the connection is lost, the server goes on.
  server.on("error", (error) => log.warn({ err: error }, "the HTTP server could not take a connection"));
  tellDropped(server, log, limits);
  const address = server.address();
  const port = typeof address === "object" && address !== null ? address.port : listen.port;
  return { port, close: (ms) => close(server, ms) };
}

function listening(server: Server, listen: Listen): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once("error", reject);
    server.listen({ ...listen, backlog: 128 }, () => {
      server.off("error", reject);
      resolve();
    });
  });
}

function tellDropped(server: Server, log: Logger, { maxConnections }: HttpLimits): void {
  let toldAt = Number.NEGATIVE_INFINITY;
  server.on("drop", () => {
    if (performance.now() - toldAt < TELL_EVERY) return;
    toldAt = performance.now();
    log.warn({ maxConnections }, "HTTP connections are refused: too many are open");
  });
}

async function answer(
  request: IncomingMessage,
  response: ServerResponse,
  routes: Routes,
  log: Logger,
): Promise<void> {
  const path = (request.url ?? "").split("?", 1)[0] ?? "";
  try {
    say(request, response, await chosen(request, routes.get(path)));
  } catch (error) {
    log.error({ err: error, path }, "an HTTP request could not be answered");
    if (!response.headersSent) say(request, response, { status: 500, text: "this failed; the log says why" });
  }
}

function chosen(request: IncomingMessage, route: Route | undefined): Answer | Promise<Answer> {
  if (route === undefined) return { status: 404, text: "there is nothing here" };
  if (request.method !== "GET" && request.method !== "HEAD")
    return { status: 405, text: "only GET and HEAD" };
  if (hasBody(request)) return { status: 413, text: "no body is taken here" };
  return route();
}

/** RFC 9112 §6.3. */
function hasBody({ headers }: IncomingMessage): boolean {
  return headers["transfer-encoding"] !== undefined || Number(headers["content-length"] ?? 0) !== 0;
}

function say(request: IncomingMessage, response: ServerResponse, { status, text }: Answer): void {
  const body = `${text}\n`;
  response.writeHead(status, {
    "content-type": "text/plain; charset=utf-8",
    "content-length": Buffer.byteLength(body),
    "cache-control": "no-store",
    "x-content-type-options": "nosniff",
    ...(status === 405 ? { allow: "GET, HEAD" } : {}),
    // What nobody will read must not come at all.
    ...(hasBody(request) ? { connection: "close" } : {}),
  });
  response.end(body);
}

function close(server: Server, ms: number): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(() => server.closeAllConnections(), ms);
    server.close(() => {
      clearTimeout(timer);
      resolve();
    });
  });
}
