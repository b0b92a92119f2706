import type { Element } from "../domain/element.ts";
import type { Jid } from "../domain/jid.ts";
import type { Target } from "./addresses.ts";
import type { Core } from "./core.ts";

/** One iq that asks something: who, whom, and its payload. */
export interface Question {
  readonly core: Core;
  readonly from: Jid;
  readonly target: Target;
  readonly iq: Element;
  readonly payload: Element;
}

/** Answers with a result's payload, or an error stanza, or throws a DeliveryError. */
export type IqHandler = (question: Question) => Answer | Promise<Answer>;
export type Answer = { readonly result: Element | undefined } | { readonly error: Element };
