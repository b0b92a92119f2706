import { pino } from "pino";
import { formatLine } from "./line.ts";
import { createRedactor, type Redactor } from "./redact.ts";

export type LogLevel = "debug" | "info" | "warn" | "error";
export type LogFormat = "auto" | "json" | "line";

/** The gateway's log. Fields first, then a sentence. */
export interface Log {
  debug(fields: object, message: string): void;
  info(fields: object, message: string): void;
  warn(fields: object, message: string): void;
  error(fields: object, message: string): void;
  /** The same log with fields that every line has. */
  child(fields: object): Log;
  setLevel(level: LogLevel): void;
  /** Secrets that must not appear from now on, beside those there were. */
  hide(secrets: readonly string[]): void;
}

export interface LogOptions {
  readonly level: LogLevel;
  readonly format: LogFormat;
  readonly secrets: readonly string[];
}

/** Where lines go; a terminal gets readable ones. `write` has to be done when it returns: the last words of a crash count. */
export interface LogSink {
  readonly isTTY?: boolean;
  write(text: string): void;
}

/** Makes a log that writes one line per event to the sink, in JSON or for people. */
export function createLog(options: LogOptions, sink: LogSink): Log {
  const redactor = createRedactor(options.secrets);
  const readable = options.format === "line" || (options.format === "auto" && sink.isTTY === true);
  const colour = readable && sink.isTTY === true && process.env.NO_COLOR === undefined;
  const logger = pino(
    {
      level: "debug",
      base: null,
      timestamp: () => `,"time":"${new Date().toISOString()}"`,
      formatters: {
        level: (label) => ({ level: label }),
        log: (fields) => redactor.fields(fields),
      },
      // Errors come from the redactor as plain fields.
      serializers: { err: (error: unknown) => error },
    },
    {
      write(json: string) {
        const line = redactor.line(json);
        sink.write(readable ? formatLine(line, colour) : line);
      },
    },
  );
  return wrap(logger, { least: WEIGHT[options.level], redactor });
}

const WEIGHT: Readonly<Record<LogLevel, number>> = { debug: 0, info: 1, warn: 2, error: 3 };

/** What a log and all its children share. */
interface Shared {
  least: number;
  readonly redactor: Redactor;
}

function wrap(logger: pino.Logger, shared: Shared): Log {
  const at = (level: LogLevel) => (fields: object, message: string) => {
    if (WEIGHT[level] >= shared.least) logger[level](fields, message);
  };
  return {
    debug: at("debug"),
    info: at("info"),
    warn: at("warn"),
    error: at("error"),
    child: (fields) => wrap(logger.child(shared.redactor.fields(fields)), shared),
    setLevel(level) {
      shared.least = WEIGHT[level];
    },
    hide: (secrets) => shared.redactor.add(secrets),
  };
}
