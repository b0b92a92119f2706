import { UserError } from "../domain/errors.ts";

/** An IRC server as the config's `options.servers` has it. */
export interface IrcServerEntry {
  /** The name in addresses. */
  readonly name: string;
  readonly host: string;
  readonly port: number;
  readonly tls: boolean;
}

/**
 * Reads an IRC server as people write it: `irc.libera.chat`, `irc.example.net:7000`,
 * `ircs://HOST:PORT`, and `irc://HOST:PORT` without TLS.
 *
 * @throws UserError
 */
export function parseIrcServer(text: string): IrcServerEntry {
  const match = /^(?:(ircs?):\/\/)?([a-z0-9](?:[a-z0-9.-]*[a-z0-9])?)(?::(\d{1,5}))?\/?$/i.exec(text);
  const host = match?.[2]?.toLowerCase();
  const tls = match?.[1]?.toLowerCase() !== "irc";
  const port = match?.[3] === undefined ? (tls ? 6697 : 6667) : Number(match[3]);
  if (host === undefined || port < 1 || port > 65_535) {
    throw new UserError(`"${text}" is not an IRC server; write irc.libera.chat or ircs://HOST:PORT`);
  }
  return { name: host, host, port, tls };
}
