import { childElements, el } from "../domain/element.ts";
import { NS } from "../xmpp/codec/namespaces.ts";
import type { Link } from "../xmpp/link.ts";

/** Most domains whose answer is remembered. */
const REMEMBERED = 1_000;
/** How long a domain may take to say what it is, milliseconds. */
const ANSWER_WAIT = 3_000;
/** How long its answer holds, milliseconds. */
const ANSWER_AGE = 3_600_000;

interface Known {
  readonly gateway: Promise<boolean>;
  readonly at: number;
}

/**
 * Tells users from other gateways' contacts. Two gateways that serve each other would open a session
 * for each other's contact at every message, and never come to rest.
 */
export class Peers {
  readonly #known = new Map<string, Known>();
  readonly #domain: string;
  readonly #now: () => number;

  constructor(domain: string, now: () => number) {
    this.#domain = domain;
    this.#now = now;
  }

  /** Whether a domain is a gateway's (XEP-0100 §4.1). What does not answer is taken for a server. */
  isGateway(link: Link, domain: string): Promise<boolean> {
    // The component's own server is none, and is not asked.
    if (this.#domain.endsWith(`.${domain}`)) return Promise.resolve(false);
    const known = this.#known.get(domain);
    if (known !== undefined && this.#now() - known.at < ANSWER_AGE) return known.gateway;
    if (this.#known.size >= REMEMBERED) this.#known.clear();
    const gateway = ask(link, this.#domain, domain).catch(() => {
      // It did not answer: asked again next time.
      this.#known.delete(domain);
      return false;
    });
    this.#known.set(domain, { gateway, at: this.#now() });
    return gateway;
  }
}

async function ask(link: Link, from: string, to: string): Promise<boolean> {
  const asked = el("iq", { type: "get", from, to }, el("query", { xmlns: NS.discoInfo }));
  const answer = await link.request(asked, ANSWER_WAIT);
  const query = childElements(answer).find((node) => node.attrs.xmlns === NS.discoInfo);
  const identities = query === undefined ? [] : childElements(query);
  return identities.some(({ name, attrs }) => name === "identity" && attrs.category === "gateway");
}
