/** RFC 6120 §8.3.3: the stanza error conditions that the gateway uses. */
export type Condition =
  | "bad-request"
  | "conflict"
  | "feature-not-implemented"
  | "forbidden"
  | "gone"
  | "internal-server-error"
  | "item-not-found"
  | "jid-malformed"
  | "not-acceptable"
  | "not-allowed"
  | "not-authorized"
  | "policy-violation"
  | "recipient-unavailable"
  | "registration-required"
  | "remote-server-not-found"
  | "remote-server-timeout"
  | "resource-constraint"
  | "service-unavailable"
  | "unexpected-request";

/** What a failure means for the envelope and for its lane. */
export type FailureKind =
  /** Holds the lane and is tried again with back-off. What is not classified is temporary. */
  | "temporary"
  /** Ends this envelope; the lane goes on. */
  | "permanent"
  /** The network cannot do this at all; ends this envelope. */
  | "unsupported"
  /** Temporary, with the network's own word on how long to wait. */
  | "rateLimited"
  /** It may have arrived: reconcile before another attempt. */
  | "ambiguous";

export interface FailureDetail {
  /** RFC 6120 condition for the sender's error stanza. */
  readonly condition?: Condition;
  /** The network's own code: an IRC numeric, a Twilio or SMTP code. */
  readonly code?: string;
  /** For rateLimited: milliseconds to wait. */
  readonly retryAfter?: number;
  readonly cause?: unknown;
}

/** A failed delivery. Its message is a sentence fit for the user: no stack, no secret, no address of ours. */
export class DeliveryError extends Error {
  override readonly name = "DeliveryError";
  readonly kind: FailureKind;
  readonly condition: Condition;
  readonly code: string | undefined;
  readonly retryAfter: number | undefined;

  constructor(kind: FailureKind, message: string, detail: FailureDetail = {}) {
    super(message, detail.cause === undefined ? undefined : { cause: detail.cause });
    this.kind = kind;
    this.condition = detail.condition ?? defaultCondition(kind);
    this.code = detail.code;
    this.retryAfter = detail.retryAfter;
  }

  /** Whether this envelope has ended. */
  get final(): boolean {
    return this.kind === "permanent" || this.kind === "unsupported";
  }
}

function defaultCondition(kind: FailureKind): Condition {
  if (kind === "unsupported") return "feature-not-implemented";
  if (kind === "permanent") return "not-acceptable";
  return "remote-server-timeout";
}

/** An error that an operator or a user caused and can mend: shown as one line, without a stack. */
export class UserError extends Error {
  override readonly name = "UserError";
}
