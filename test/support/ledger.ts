/** What happened to one message, as the two ends saw it. */
export type Step = "offered" | "accepted" | "delivered" | "failed" | "expired";

interface Entry {
  readonly lane: string;
  readonly steps: Step[];
}

/** What a fault run came to (I1–I6 of the project's measures). Every list names messages. */
export interface Verdict {
  readonly offered: number;
  readonly accepted: number;
  readonly delivered: number;
  /** Offered, never accepted, and no end known: fell between socket and journal, or was said to nobody. */
  readonly unaccounted: number;
  /** I1: accepted, and neither delivered nor failed nor expired. */
  readonly lost: readonly string[];
  /** I2: delivered more than once; allowed up to what was in flight at each fault. */
  readonly twice: readonly string[];
  /** I3: first delivered after one of its lane that was offered later. */
  readonly outOfOrder: readonly string[];
  /** I4: delivered in a lane where it was not offered, or never offered at all. */
  readonly foreign: readonly string[];
  /** I5: delivered after its sender was told that it failed. */
  readonly afterFailure: readonly string[];
  /** I6: failed, and the sender told so other than once. */
  readonly toldTwice: readonly string[];
}

/** The history of a run under faults. A message is named by its text, which is unique in the run. */
export class Ledger {
  private readonly entries = new Map<string, Entry>();
  private readonly arrivals = new Map<string, string[]>();
  private readonly strangers: string[] = [];

  /** A sender is about to hand the message over. */
  offered(lane: string, message: string): void {
    if (this.entries.has(message)) throw new Error(`offered before: ${message}`);
    this.entries.set(message, { lane, steps: ["offered"] });
  }

  /** Its sender has the word that it was taken. Where a network has no such word, what the ledger must find is this. */
  accepted(message: string): void {
    this.step(message, "accepted");
  }

  /** It came out at the far end, in this lane. */
  delivered(lane: string, message: string): void {
    const entry = this.entries.get(message);
    if (entry === undefined || entry.lane !== lane) {
      this.strangers.push(`${message} in ${lane}`);
      return;
    }
    const first = !entry.steps.includes("delivered");
    entry.steps.push("delivered");
    if (first) this.arrive(lane, message);
  }

  /** Its sender was told that it failed. */
  failed(message: string): void {
    this.step(message, "failed");
  }

  expired(message: string): void {
    this.step(message, "expired");
  }

  /** Whether every message that was accepted has come to an end. */
  get settled(): boolean {
    return [...this.entries.values()].every((entry) => !entry.steps.includes("accepted") || ended(entry));
  }

  check(): Verdict {
    const count = (step: Step) => this.named((entry) => entry.steps.includes(step)).length;
    return {
      offered: this.entries.size,
      accepted: count("accepted"),
      delivered: count("delivered"),
      unaccounted: this.named((entry) => !entry.steps.includes("accepted") && !ended(entry)).length,
      lost: this.named((entry) => entry.steps.includes("accepted") && !ended(entry)),
      twice: this.named((entry) => times(entry, "delivered") > 1),
      outOfOrder: this.outOfOrder(),
      foreign: [...this.strangers],
      afterFailure: this.named((entry) => deliveredAfterFailure(entry.steps)),
      toldTwice: this.named((entry) => times(entry, "failed") + times(entry, "expired") > 1),
    };
  }

  private arrive(lane: string, message: string): void {
    const arrivals = this.arrivals.get(lane);
    if (arrivals === undefined) this.arrivals.set(lane, [message]);
    else arrivals.push(message);
  }

  private step(message: string, step: Step): void {
    const entry = this.entries.get(message);
    if (entry === undefined) throw new Error(`${step}, but never offered: ${message}`);
    entry.steps.push(step);
  }

  private named(matches: (entry: Entry) => boolean): string[] {
    return [...this.entries].filter(([, entry]) => matches(entry)).map(([message]) => message);
  }

  private outOfOrder(): string[] {
    const place = new Map([...this.entries.keys()].map((message, index) => [message, index]));
    const late: string[] = [];
    for (const messages of this.arrivals.values()) {
      let newest = -1;
      for (const message of messages) {
        const at = place.get(message) ?? -1;
        if (at < newest) late.push(message);
        newest = Math.max(newest, at);
      }
    }
    return late;
  }
}

function times(entry: Entry, step: Step): number {
  return entry.steps.filter((one) => one === step).length;
}

function ended(entry: Entry): boolean {
  return entry.steps.some((step) => step === "delivered" || step === "failed" || step === "expired");
}

function deliveredAfterFailure(steps: readonly Step[]): boolean {
  const failure = steps.findIndex((step) => step === "failed" || step === "expired");
  return failure >= 0 && steps.indexOf("delivered", failure) >= 0;
}
