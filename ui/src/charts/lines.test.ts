import { expect, test } from "vitest";

import type { Points } from "../lib/points";
import { aligned, joinedAt, lineOf as line, trimmedRange } from "./lines";
import type { ChartX } from "../lib/viewState";

const points = (steps: number[], values: number[]): Points => ({
  runId: "r",
  key: "loss",
  branch: "",
  count: steps.length,
  steps: Float64Array.from(steps),
  timestamps: Float64Array.from(steps, (step) => 1000 + step * 500),
  values: Float64Array.from(values),
});

const lineOf = (of: Points, axis: ChartX, smooth: number, log: boolean, xlog = false) => line(of, { axis, smooth, smoothing: "exponential", log, xlog });

test("what is no number becomes a gap, and so does zero on a log axis", () => {
  expect(lineOf(points([0, 1, 2], [1, Number.NaN, 0]), "step", 0, false).y).toEqual([1, null, 0]);
  expect(lineOf(points([0, 1, 2], [1, Number.POSITIVE_INFINITY, 0]), "step", 0, true).y).toEqual([1, null, null]);
});

test("relative time starts at the first point, wall time is in seconds", () => {
  expect([...lineOf(points([0, 2], [1, 2]), "relative", 0, false).x]).toEqual([0, 1]);
  expect([...lineOf(points([0, 2], [1, 2]), "time", 0, false).x]).toEqual([1, 2]);
});

test("points that came out of order are drawn in order", () => {
  const curve = lineOf(points([2, 0, 1], [3, 1, 2]), "step", 0, false);
  expect([...curve.x]).toEqual([0, 1, 2]);
  expect(curve.y).toEqual([1, 2, 3]);
});

test("curves at different steps share an axis without points being made up", () => {
  const lines = [lineOf(points([0, 2], [1, 3]), "step", 0, false), lineOf(points([1, 2, 2], [5, 6, 7]), "step", 0, false)];
  expect(aligned(lines)).toEqual([
    [0, 1, 2],
    [1, undefined, 3],
    [undefined, 5, 7],
  ]);
});

test("broken values are told with their places, and a log axis has no place for zero", () => {
  expect(lineOf(points([0, 1, 2], [1, Number.NaN, Number.NEGATIVE_INFINITY]), "step", 0, false).broken).toEqual([
    { x: 1, way: 0 },
    { x: 2, way: -1 },
  ]);
  const curve = lineOf(points([0, 1, 2], [5, 6, 7]), "step", 0, false, true);
  expect([...curve.x]).toEqual([1, 2]);
  expect(curve.y).toEqual([6, 7]);
});

test("another metric is joined at what it last was", () => {
  const epochs = points([0, 10, 20], [0, 1, 2]);
  expect([...joinedAt(points([5, 10, 25], [9, 9, 9]), epochs)]).toEqual([0, 1, 2]);
  const before = points([5], [9]);
  expect([...joinedAt(before, points([6], [1]))]).toEqual([Number.NaN]);
  const drawn = { ...points([5, 15], [7, 8]), across: joinedAt(points([5, 15], [7, 8]), epochs) };
  expect([...lineOf(drawn, "metrics.epoch", 0, false).x]).toEqual([0, 1]);
});

test("a spike does not decide the height when it is to be left out", () => {
  const values = [...Array.from({ length: 200 }, (_, at) => at / 200), 1e9];
  expect(trimmedRange([values])![1]).toBeLessThan(1);
  expect(trimmedRange([[1, 2, 1e9]])).toBeNull();
});
