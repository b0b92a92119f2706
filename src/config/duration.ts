const UNITS: Readonly<Record<string, number>> = {
  ms: 1,
  s: 1000,
  m: 60_000,
  h: 3_600_000,
  d: 86_400_000,
};

/** How a duration is written: `500ms`, `30s`, `5m`, `1.5h`, `7d`. */
export const DURATION = /^(\d+(?:\.\d+)?)(ms|s|m|h|d)$/;

/** Milliseconds of a duration as the config has it; a bare number is milliseconds already. */
export function milliseconds(value: number | string): number {
  if (typeof value === "number") return value;
  const match = DURATION.exec(value);
  return Math.round(Number(match?.[1]) * (UNITS[match?.[2] ?? ""] ?? Number.NaN));
}
