import { DIRECTIONS, type Direction } from "../cases/flow.ts";
import type { DirectionResult, GatewayResult } from "../measure.ts";
import type { Findings } from "./page.ts";
import type { Chart } from "./plot.ts";

/** The plot's charts, this gateway first in each. */
export function charts({ own, all, floor }: Findings): readonly Chart[] {
  const others = all.filter((result) => result !== own && result !== floor);
  const shown = [own, ...others];
  const each = (direction: Direction, value: (figures: DirectionResult) => number) =>
    shown.flatMap((result) => {
      const figures = result.directions.get(direction);
      return figures === undefined ? [] : [{ label: result.gateway.name, value: value(figures) }];
    });
  const largest = own.memory.at(-1)?.sessions ?? 0;
  return [
    ...DIRECTIONS.map((direction) => ({
      title: `${direction}: messages a second (more is better)`,
      bars: each(direction, ({ perSecond }) => perSecond),
      form: (value: number) => Math.round(value).toLocaleString("en-US"),
    })),
    ...DIRECTIONS.map((direction) => ({
      title: `${direction}: CPU a message (less is better)`,
      bars: each(direction, ({ cpu }) => cpu),
      form: (value: number) => `${value.toFixed(1)} µs`,
    })),
    ...DIRECTIONS.map((direction) => ({
      title: `${direction}: latency p50, one message at a time (less is better)`,
      bars: each(direction, ({ alone }) => alone.p50),
      form: (value: number) => `${value.toFixed(2)} ms`,
    })),
    {
      title: `Memory per idle session, at ${largest.toLocaleString("en-US")} or as many as it takes (less is better)`,
      bars: shown
        .filter(({ memory }) => memory.length > 0)
        .map((result) => ({ label: result.gateway.name, value: lastMemory(result) })),
      form: (value: number) => `${value.toFixed(1)} KiB`,
    },
  ];
}

function lastMemory({ memory }: GatewayResult): number {
  return (memory.at(-1)?.perSession ?? 0) / 1024;
}
