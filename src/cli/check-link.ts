import type { CheckResult } from "../adapter.ts";
import type { Component } from "../config/load.ts";
import type { Config } from "../config.ts";
import { child, childText, el } from "../domain/element.ts";
import { systemClock } from "../ops/clock.ts";
import type { Link, LinkProblem } from "../xmpp/link.ts";
import { createLink } from "../xmpp/stream.ts";
import { linkOptions } from "./settings.ts";

/** How long the XMPP server may take for the handshake, and then for one answer, milliseconds. */
const OPEN_LIMIT = 10_000;
const ANSWER_LIMIT = 5_000;
/** A clock that differs more than this shows wrong times on messages, milliseconds. */
const CLOCK_LIMIT = 30_000;

const QUIET = { debug() {}, info() {}, warn() {}, error() {} };

/** Connects as the component, and compares the clocks; closes the stream again. */
export async function checkLink(component: Component, config: Config): Promise<CheckResult[]> {
  const what = `${component.domain} on XMPP`;
  const options = linkOptions(component, config);
  const limits = { ...options.limits, openTimeout: Math.min(options.limits.openTimeout, OPEN_LIMIT) };
  const outcome = Promise.withResolvers<LinkProblem | undefined>();
  const handler = {
    stanzas() {},
    oversized() {},
    online: () => outcome.resolve(undefined),
    offline: (problem: LinkProblem) => outcome.resolve(problem),
  };
  const deps = { clock: systemClock, random: Math.random, log: QUIET };
  const link = createLink({ ...options, limits }, handler, deps);
  link.start();
  try {
    const problem = await outcome.promise;
    if (problem !== undefined) return [{ what, ok: false, text: problem.text }];
    const text = `accepted by ${component.host}:${component.port}`;
    return [{ what, ok: true, text }, ...(await checkClock(link, component))];
  } finally {
    await link.stop(ANSWER_LIMIT);
  }
}

/** The server's clock by XEP-0202, where it tells it. */
async function checkClock(link: Link, component: Component): Promise<CheckResult[]> {
  const server = component.domain.slice(component.domain.indexOf(".") + 1);
  const what = `clock, beside that of ${server}`;
  const query = el(
    "iq",
    { type: "get", from: component.domain, to: server },
    el("time", { xmlns: "urn:xmpp:time" }),
  );
  try {
    const before = Date.now();
    const answer = await link.request(query, ANSWER_LIMIT);
    const time = child(answer, "time", "urn:xmpp:time");
    const theirs = Date.parse(time === undefined ? "" : (childText(time, "utc") ?? ""));
    if (Number.isNaN(theirs)) return [];
    const off = Math.round((theirs - (before + Date.now()) / 2) / 1000);
    if (Math.abs(off) * 1000 <= CLOCK_LIMIT) return [{ what, ok: true, text: "the same" }];
    const text = `${Math.abs(off)} seconds ${off > 0 ? "behind" : "ahead"}; set one of the two, for example by NTP`;
    return [{ what, ok: false, text }];
  } catch {
    // A server need not answer this (XEP-0202 is optional), and the link was seen to work.
    return [];
  }
}
