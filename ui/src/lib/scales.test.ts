import { expect, test } from "vitest";

import { axisFor, labels, share, ticks } from "./scales";

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
