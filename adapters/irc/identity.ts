import { cleanText } from "./lines.ts";
import type { Identity } from "./types.ts";

/** Most characters of a user name that servers keep. */
const USERNAME = 10;

/** An identity as NICK and USER take it: no spaces but in the real name, nothing empty (RFC 2812 §3.1.3). */
export function cleanIdentity(identity: Identity): Identity {
  const nick = cleanText(identity.nick).replaceAll(" ", "_") || "user";
  const username = identity.username.replace(/[^A-Za-z0-9._-]/g, "").slice(0, USERNAME) || "user";
  return { nick, username, realname: cleanText(identity.realname).trim() || nick };
}
