import type { Component } from "../config/load.ts";
import type { Config } from "../config.ts";
import type { Settings } from "../gateway/core.ts";
import type { Limits } from "../queue/engine.ts";
import type { LinkOptions } from "../xmpp/link.ts";

/** From the config's words to those of each part. */

export function linkOptions(component: Component, config: Config): LinkOptions {
  const { limits } = config.xmpp;
  return {
    host: component.host,
    port: component.port,
    domain: component.domain,
    secret: component.secret,
    limits: {
      maxStanza: limits.max_stanza,
      maxDepth: limits.max_depth,
      maxAttributes: limits.max_attributes,
      maxUnsent: limits.max_unsent,
      reconnectFirst: limits.reconnect_first,
      reconnectMost: limits.reconnect_most,
      openTimeout: limits.open_timeout,
      pingInterval: limits.ping_interval,
      pingTimeout: limits.ping_timeout,
    },
  };
}

export function queueLimits(config: Config): Limits {
  const { limits } = config.queue;
  return {
    maxWaiting: limits.max_waiting,
    maxLane: limits.max_lane,
    batch: limits.batch,
    concurrency: limits.concurrency,
    backoffFirst: limits.backoff_first,
    backoffMost: limits.backoff_most,
    ledgerAge: limits.ledger_age,
    deadAge: limits.dead_age,
    deadMost: limits.dead_most,
  };
}

export function gatewaySettings(config: Config): Settings {
  const { gateway } = config;
  return {
    inLifetime: gateway.in_lifetime,
    joinLifetime: gateway.join_lifetime,
    delayAfter: gateway.delay_after,
    linger: gateway.linger,
    detachedFor: gateway.detached_for,
    idleFor: gateway.idle_for,
    missedMost: gateway.missed_most,
    historyDefault: gateway.history_default,
    roomsMost: gateway.rooms_most,
    sessionsMost: gateway.sessions_most,
  };
}
