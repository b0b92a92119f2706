import type { LinkOptions, LinkProblem } from "./link.ts";

/** What can be wrong with a stream, in words for the operator: what happened, where, what to change. */

type Place = Pick<LinkOptions, "host" | "port" | "domain">;
/** How far a connection had come. */
export type Phase = "connecting" | "opening" | "online" | "closing";

/** The socket's error. */
export function socketProblem(error: unknown, place: Place, phase: Phase): LinkProblem {
  const code = codeOf(error);
  if (code === "ECONNREFUSED") {
    return {
      reason: "refused",
      text: `nothing listens at ${at(place)} for ${place.domain}: start the XMPP server, or set xmpp.host and xmpp.port to where it takes components`,
    };
  }
  if (phase === "connecting") {
    return {
      reason: "unreachable",
      text: `cannot reach the XMPP server at ${at(place)} for ${place.domain} (${code}): check xmpp.host, the network and the firewall`,
    };
  }
  return {
    reason: "closed",
    text: `the connection of ${place.domain} to the XMPP server at ${at(place)} broke (${code}): it will be made again; if it keeps breaking, look at the server's log`,
  };
}

/** Nothing came for too long. */
export function timeoutProblem(place: Place, phase: Phase): LinkProblem {
  const what = {
    connecting: "does not answer: check xmpp.host, xmpp.port and the firewall",
    opening:
      "takes the connection but does not open the stream: check that xmpp.port is where it takes components",
    online:
      "no longer answers: the connection is given up and made again; if it happens often, look at the server's load and the network between",
    closing: "did not close its stream in time: the connection is cut",
  }[phase];
  return { reason: "timeout", text: `the XMPP server at ${at(place)} of ${place.domain} ${what}` };
}

/** The other side closed stream or socket without a reason. */
export function closedProblem(place: Place, phase: Phase): LinkProblem {
  const what =
    phase === "online"
      ? "closed the stream: it is restarting or stopping; the gateway connects again by itself"
      : "hung up before the handshake: check that xmpp.port is where it takes components, and the server's log";
  return { reason: "closed", text: `the XMPP server at ${at(place)} of ${place.domain} ${what}` };
}

/** It sent what is no XML. */
export function syntaxProblem(why: string, place: Place, phase: Phase): LinkProblem {
  const what =
    phase === "online"
      ? "report it to the server's makers"
      : "check that xmpp.port is where it takes components";
  return {
    reason: "not-well-formed",
    text: `the server at ${at(place)} of ${place.domain} sent what is not XMPP (${why}): ${what}`,
  };
}

/** A stream error (RFC 6120 §4.9.3), by its condition and the server's own words. */
export function streamProblem(condition: string, words: string, place: Place): LinkProblem {
  const { domain } = place;
  const said = words === "" ? condition : `${condition}, "${oneLine(words)}"`;
  const where = `the XMPP server at ${at(place)}`;
  switch (condition) {
    case "conflict":
      return {
        reason: condition,
        text: `${where} has another connection for ${domain} (${said}): stop the other gateway that uses this domain, or give one of them a domain of its own`,
      };
    case "host-unknown":
      return {
        reason: condition,
        text: `${where} has no component ${domain} (${said}): add it there (Prosody: Component "${domain}"; ejabberd: hosts of the ejabberd_service listener), or correct the domain here`,
      };
    case "not-authorized":
      return {
        reason: condition,
        text: `${where} refuses the secret of ${domain} (${said}): make it the same on both sides (Prosody: component_secret; ejabberd: hosts and password of the ejabberd_service listener, where an unknown domain is refused in the same way)`,
      };
    case "invalid-namespace":
      return {
        reason: condition,
        text: `${where} does not take ${domain} or any component there (${said}): set xmpp.port to its component port, not the one for clients or servers`,
      };
    default:
      return {
        reason: "stream-error",
        text: `${where} ended the stream of ${domain} (${said}): look at the server's log for what it did not like`,
      };
  }
}

function at({ host, port }: Place): string {
  return host.includes(":") ? `[${host}]:${port}` : `${host}:${port}`;
}

function codeOf(error: unknown): string {
  if (!(error instanceof Error)) return oneLine(String(error));
  const code = "code" in error ? error.code : undefined;
  return typeof code === "string" ? code : oneLine(error.message);
}

/** The server's words, fit for a log: one line, no control characters, not too long. */
function oneLine(words: string): string {
  return words
    .toWellFormed()
    .replaceAll(/[\p{C}\s]+/gu, " ")
    .trim()
    .slice(0, 200);
}
