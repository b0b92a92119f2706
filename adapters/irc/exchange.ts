import type { IrcFailure } from "./errors.ts";

/** Something that was written and whose end is not yet known: what the server says against it is gathered here. */
export interface Exchange {
  /** Folded names that an error has to be about to belong here; "" stands for none at all. */
  readonly targets: readonly string[];
  readonly failures: IrcFailure[];
  /** What could be said at first could not be said any more at the end: kicked, banned, voice lost, moderated. */
  silenced: boolean;
}

/** Most errors kept of one exchange. */
const MAX_FAILURES = 1024;

/** The exchanges under way on one connection, oldest first. */
export class Exchanges {
  readonly #open: Exchange[] = [];

  get size(): number {
    return this.#open.length;
  }

  begin(...targets: readonly string[]): Exchange {
    const exchange: Exchange = { targets, failures: [], silenced: false };
    this.#open.push(exchange);
    return exchange;
  }

  end(exchange: Exchange): void {
    const at = this.#open.indexOf(exchange);
    if (at !== -1) this.#open.splice(at, 1);
  }

  /** Gives an error to the exchange it is about, or to the oldest where it names nothing of any. */
  fail(failure: IrcFailure, fold: (name: string) => string): boolean {
    const found = this.#open.find((open) =>
      failure.subjects.some((name) => open.targets.includes(fold(name))),
    );
    const owner = found ?? (aboutNothing(failure) ? this.#open[0] : undefined);
    if (owner === undefined) return false;
    if (owner.failures.length < MAX_FAILURES) owner.failures.push(failure);
    return true;
  }

  /** The user may not speak in this channel any more. */
  silence(target: string): void {
    for (const exchange of this.#open) {
      if (exchange.targets.includes(target)) exchange.silenced = true;
    }
  }
}

/** No recipient, no text, line too long, unknown command, too few arguments: these name a command at most. */
function aboutNothing(failure: IrcFailure): boolean {
  return ["411", "412", "417", "421", "461", "FAIL"].includes(failure.code);
}
