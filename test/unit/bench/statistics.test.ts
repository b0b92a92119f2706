import { describe, expect, it } from "vitest";
import { median, quantile } from "../../../bench/statistics.ts";

describe("statistics of the benchmark", () => {
  it("takes the middle value, or the mean of the middle two", () => {
    expect(median([3, 1, 2])).toBe(2);
    expect(median([4, 1, 2, 3])).toBe(2.5);
  });

  it("interpolates between the nearest two values", () => {
    expect(quantile([0, 10], 0.99)).toBeCloseTo(9.9);
    expect(quantile([1], 0.99)).toBe(1);
  });

  it("has no answer for no values", () => {
    expect(median([])).toBeNaN();
  });
});
