import { expect, test } from "vitest";

import { smoothed, smoothedPoints, SMOOTHINGS } from "./smoothing";

test.each(SMOOTHINGS)("a constant stays what it is from its first point on, %s", (kind) => {
  expect([...smoothed(Float64Array.of(3, 3, 3), 0.9, kind)].map((value) => value.toFixed(9))).toEqual(["3.000000000", "3.000000000", "3.000000000"]);
});

test.each(SMOOTHINGS)("gaps are kept and stepped over, %s", (kind) => {
  const out = smoothed(Float64Array.of(1, Number.NaN, 1), 0.5, kind);
  expect(out[1]).toBeNaN();
  expect(out[2]).toBeCloseTo(1);
});

test("a running mean is of the points around, fewer at the ends", () => {
  expect(smoothedPoints(0.5)).toBe(3);
  expect([...smoothed(Float64Array.of(0, 3, 6, 30), 0.5, "mean")]).toEqual([1.5, 3, 13, 18]);
});

test("a bell is highest at a spike and the same on both of its sides", () => {
  const out = smoothed(Float64Array.of(0, 0, 0, 0, 1, 0, 0, 0, 0), 0.5, "gaussian");
  expect(out[4]).toBeGreaterThan(out[3]!);
  expect(out[3]).toBeGreaterThan(out[2]!);
  expect(out[3]).toBeCloseTo(out[5]!);
});

test("equal weights leave about as much noise, whatever the kind", () => {
  const noise = Float64Array.from({ length: 4000 }, (_, at) => ((at * 7919) % 1000) / 1000 - 0.5);
  const left = SMOOTHINGS.map((kind) => {
    const out = smoothed(noise, 0.8, kind).slice(200, -200);
    return Math.sqrt(out.reduce((sum, value) => sum + value * value, 0) / out.length);
  });
  for (const each of left) expect(each / left[0]!).toBeLessThan(2);
});
