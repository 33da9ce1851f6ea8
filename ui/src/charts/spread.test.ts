import { expect, test } from "vitest";

import type { Line } from "./lines";
import { lineMinus, spreadOf, studentT } from "./spread";

const line = (x: number[], y: (number | null)[]): Line => ({ x: Float64Array.from(x), y, broken: [] });

test("a group is its mean with the sample's standard deviation", () => {
  const { line: mean, low, high } = spreadOf([line([0, 1], [1, 4]), line([0, 1], [3, 4])], "deviation");
  expect([...mean.x]).toEqual([0, 1]);
  expect(mean.y).toEqual([2, 4]);
  expect(high[0]).toBeCloseTo(2 + Math.SQRT2);
  expect(low[0]).toBeCloseTo(2 - Math.SQRT2);
  expect([low[1], high[1]]).toEqual([4, 4]);
});

test("curves of different steps meet in between; one that ended counts no more", () => {
  const { line: mean, low, high } = spreadOf([line([0, 2, 4], [0, 2, 4]), line([1, 3], [10, 10])], "range");
  expect([...mean.x]).toEqual([0, 1, 2, 3, 4]);
  expect(mean.y).toEqual([0, 5.5, 6, 6.5, 4]);
  expect(low).toEqual([0, 1, 2, 3, 4]);
  expect(high).toEqual([0, 10, 10, 10, 4]);
});

test("where a mean lies, and the middle half of a group", () => {
  const curves = [1, 2, 3, 4, 100].map((value) => line([0], [value]));
  const { line: mean, low, high } = spreadOf(curves, "confidence");
  expect(mean.y).toEqual([22]);
  expect(high[0]! - 22).toBeCloseTo((2.776 * 43.6177) / Math.sqrt(5), 2);
  expect(low[0]! + high[0]!).toBeCloseTo(44);
  const half = spreadOf(curves, "quartiles");
  expect([half.line.y[0], half.low[0], half.high[0]]).toEqual([3, 2, 4]);
  // Of two and of many, as tables have it.
  expect([studentT(1), studentT(6), studentT(30)].map((value) => value.toFixed(2))).toEqual(["12.71", "2.45", "2.04"]);
});

test("without a band there are only means, and gaps are bridged", () => {
  const { line: mean, low } = spreadOf([line([0, 1, 2], [1, null, 3])], "none");
  expect(mean.y).toEqual([1, 2, 3]);
  expect(low).toEqual([null, null, null]);
});

test("many places are thinned with both ends kept", () => {
  const long = line(Array.from({ length: 5001 }, (_, at) => at), Array.from({ length: 5001 }, () => 1));
  const { line: mean } = spreadOf([long], "none");
  expect(mean.x).toHaveLength(1000);
  expect([mean.x[0], mean.x[999]]).toEqual([0, 5000]);
});

test("a difference is told where both are", () => {
  const less = lineMinus(line([0, 1, 2, 9], [5, null, 7, 1]), line([0, 4], [1, 5]));
  expect(less.y).toEqual([4, null, 4, null]);
});

test("of a step that was logged again the last value counts", () => {
  expect(lineMinus(line([1], [10]), line([0, 1, 1], [0, 1, 3])).y).toEqual([7]);
});
