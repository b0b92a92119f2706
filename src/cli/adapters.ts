import { randomInt } from "node:crypto";
import type { Adapter, AdapterContext, AdapterModule } from "../adapter.ts";
import type { Component } from "../config/load.ts";
import { UserError } from "../domain/errors.ts";
import { nearest } from "../domain/nearest.ts";

/** The networks there are. Each is loaded only where the config names it. */
const MODULES: Readonly<Record<string, () => Promise<{ readonly adapter: AdapterModule }>>> = {
  irc: () => import("../../adapters/irc/index.ts"),
};

/**
 * Makes a component's adapter.
 *
 * @throws UserError that names the component's place in the config, the key and the cure
 */
export async function createAdapter(component: Component, context: AdapterContext): Promise<Adapter> {
  const load = MODULES[component.adapter];
  if (load === undefined) {
    const known = Object.keys(MODULES);
    const meant = nearest(component.adapter, known) ?? known.join(", ");
    throw new UserError(
      `${component.place}: adapter: there is no adapter "${component.adapter}"; use ${meant}`,
    );
  }
  const { adapter } = await load();
  try {
    return adapter.create(component.options, context);
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    throw new UserError(`${component.place}: ${component.domain}: options: ${error.message}`);
  }
}

/** 0 ≤ n < 1 that nobody can guess: ids are made of it. */
export function secureRandom(): number {
  return randomInt(2 ** 47) / 2 ** 47;
}
