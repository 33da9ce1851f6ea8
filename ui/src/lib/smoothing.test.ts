import { expect, test } from "vitest";

import { smoothed } from "./smoothing";

test("a constant stays what it is from its first point on", () => {
  expect([...smoothed(Float64Array.of(3, 3, 3), 0.9)].map((value) => value.toFixed(9))).toEqual(["3.000000000", "3.000000000", "3.000000000"]);
});

test("gaps are kept and stepped over", () => {
  const out = smoothed(Float64Array.of(1, Number.NaN, 1), 0.5);
  expect(out[1]).toBeNaN();
  expect(out[2]).toBeCloseTo(1);
});
