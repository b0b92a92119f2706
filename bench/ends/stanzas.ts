/** Where in a text one top-level stanza stands: from `start` up to, not including, `end`. */
export type StanzaReader = (text: string, start: number, end: number) => void;

const LESS_THAN = 60;
const SLASH = 47;

/**
 * Finds the stanzas in a component's stream without parsing them, so that the load generator costs
 * little. It relies on what gateways send: well-formed XML in which no stanza holds another of its name.
 */
export class StanzaScanner {
  #rest = "";

  /** Reads a chunk (Latin-1, so that bytes and characters are the same) and reports the whole stanzas. */
  push(chunk: string, reader: StanzaReader): void {
    const text = this.#rest === "" ? chunk : this.#rest + chunk;
    let at = text.indexOf("<");
    while (at !== -1) {
      const end = endOf(text, at);
      if (end === -1) break;
      reader(text, at, end);
      at = text.charCodeAt(end) === LESS_THAN ? end : text.indexOf("<", end);
    }
    this.#rest = at === -1 ? "" : text.slice(at);
  }
}

/** The end of the stanza, stream tag or declaration that begins at `at`; -1 while it is not whole. */
function endOf(text: string, at: number): number {
  const close = text.indexOf(">", at);
  if (close === -1) return -1;
  if (text.charCodeAt(close - 1) === SLASH) return close + 1;
  if (text.startsWith("<message", at)) return after(text, "</message>", close);
  if (text.startsWith("<presence", at)) return after(text, "</presence>", close);
  if (text.startsWith("<iq", at)) return after(text, "</iq>", close);
  if (text.startsWith("<handshake", at)) return after(text, "</handshake>", close);
  return close + 1;
}

function after(text: string, closing: string, from: number): number {
  const found = text.indexOf(closing, from);
  return found === -1 ? -1 : found + closing.length;
}
