import { expect, test } from "vitest";

import { axisFor, kneeOf, labels, share, symlog, symlogTicks, symlogValue, ticks } from "./scales";

test("ticks are round numbers inside the range", () => {
  expect(ticks(0, 1, 5)).toEqual([0, 0.2, 0.4, 0.6, 0.8, 1]);
  expect(ticks(0.013, 0.087, 4)).toEqual([0.02, 0.04, 0.06, 0.08]);
  expect(ticks(0.04, 0.36, 3)).toEqual([0.1, 0.2, 0.3]);
  expect(ticks(3, 3, 4)).toEqual([3]);
});

test("an axis is numeric only if every value is a number", () => {
  expect(axisFor([1, 2, null])).toEqual({ kind: "number", low: 1, high: 2, log: false });
  expect(axisFor([1, "lbfgs", null])).toEqual({ kind: "word", words: ["1", "lbfgs"] });
});

test("values over two powers of ten and more get a log axis", () => {
  const axis = axisFor([1e-5, 1e-1]);
  expect(axis).toMatchObject({ log: true });
  expect(share(axis, 1e-3)).toBeCloseTo(0.5);
  expect(labels(axis, 5).map((label) => label.text)).toEqual(["1e-5", "0.0001", "0.001", "0.01", "0.1"]);
});

test("a run without a value has no place, and nothing is made up for it", () => {
  const axis = axisFor([0.1, 9]);
  expect(share(axis, null)).toBeNull();
  expect(share(axis, Number.NaN)).toBeNull();
  expect(share(axisFor(["a", "b"]), "c")).toBeNull();
});

test("one single value lies in the middle of its axis", () => {
  expect(share(axisFor([0.1]), 0.1)).toBeCloseTo(0.5);
  expect(share(axisFor([0]), 0)).toBeCloseTo(0.5);
  expect(share(axisFor(["adam"]), "adam")).toBe(0.5);
});

test("numbers are spread as is wished, as far as they can be", () => {
  expect(axisFor([1, 10])).toMatchObject({ log: false });
  expect(axisFor([1, 10], "log")).toMatchObject({ log: true });
  expect(axisFor([1, 1000], "linear")).toMatchObject({ log: false });
  expect(axisFor([0, 10], "log")).toMatchObject({ log: false });
});

test("an axis can be logarithmic on both sides of zero", () => {
  expect(symlogTicks(-1000, 1000, 1, 9)).toEqual([-1000, -100, -10, -1, 0, 1, 10, 100, 1000]);
  expect(symlogTicks(-1000, 1000, 1, 5)).toEqual([-1000, -10, 0, 10, 1000]);
  expect(symlogTicks(-4000, 20_000, 10, 2)).toEqual([-10, 0, 10, 10_000]);
  expect(symlogTicks(-3, 500, 0.1, 9)).toEqual([-1, -0.1, 0, 0.1, 1, 10, 100]);
  // Powers of ten say nothing about a stretch between two of them.
  expect(symlogTicks(20, 80, 1, 4)).toEqual([20, 40, 60, 80]);
  expect(symlogTicks(0.0002, 0.08, 0.0001, 4)).toEqual([0.001, 0.01]);
  for (const value of [-1e6, -0.3, 0, 2, 1e9]) expect(symlogValue(symlog(value, 0.1), 0.1) / (value || 1)).toBeCloseTo(value === 0 ? 0 : 1, 9);

  const axis = axisFor([-100, -1, 0, 1, 100, null], "symlog");
  expect(axis).toEqual({ kind: "number", low: -100, high: 100, log: false, knee: 1 });
  expect([-100, 0, 100].map((value) => share(axis, value))).toEqual([0, 0.5, 1]);
  expect(share(axis, 10)! - share(axis, 1)!).toBeCloseTo(share(axis, 100)! - share(axis, 10)!, 1);
  expect(labels(axis, 9).map((label) => label.text)).toEqual(["−100", "−10", "−1", "0", "1", "10", "100"]);
  expect(axisFor([2, 2], "symlog")).toEqual({ kind: "number", low: 1, high: 3, log: false });
});

test("what is near zero is told by the numbers themselves, within reason", () => {
  expect(kneeOf([-1000, -10, -1, 0, 1, 10, 1000, null])).toBe(1);
  expect(kneeOf([3, 2.5, 2, null, undefined, Number.NaN])).toBe(0.1);
  expect(kneeOf([1e-30, 5, -7])).toBe(1e-6);
  expect(kneeOf([0, 0])).toBe(1);
});
