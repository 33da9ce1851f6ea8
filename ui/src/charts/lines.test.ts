import { expect, test } from "vitest";

import type { Points } from "../api/metrics";
import { aligned, lineOf } from "./lines";

const points = (steps: number[], values: number[]): Points => ({
  runId: "r",
  key: "loss",
  count: steps.length,
  steps: Float64Array.from(steps),
  timestamps: Float64Array.from(steps, (step) => 1000 + step * 500),
  values: Float64Array.from(values),
});

test("what is no number becomes a gap, and so does zero on a log axis", () => {
  expect(lineOf(points([0, 1, 2], [1, Number.NaN, 0]), "step", 0, false).y).toEqual([1, null, 0]);
  expect(lineOf(points([0, 1, 2], [1, Number.POSITIVE_INFINITY, 0]), "step", 0, true).y).toEqual([1, null, null]);
});

test("relative time starts at the first point, wall time is in seconds", () => {
  expect([...lineOf(points([0, 2], [1, 2]), "relative", 0, false).x]).toEqual([0, 1]);
  expect([...lineOf(points([0, 2], [1, 2]), "time", 0, false).x]).toEqual([1, 2]);
});

test("points that came out of order are drawn in order", () => {
  const line = lineOf(points([2, 0, 1], [3, 1, 2]), "step", 0, false);
  expect([...line.x]).toEqual([0, 1, 2]);
  expect(line.y).toEqual([1, 2, 3]);
});

test("curves at different steps share an axis without points being made up", () => {
  const lines = [lineOf(points([0, 2], [1, 3]), "step", 0, false), lineOf(points([1, 2, 2], [5, 6, 7]), "step", 0, false)];
  expect(aligned(lines)).toEqual([
    [0, 1, 2],
    [1, undefined, 3],
    [undefined, 5, 7],
  ]);
});
