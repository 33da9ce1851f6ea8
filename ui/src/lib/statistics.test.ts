import { expect, test } from "vitest";

import { boxesOf, fieldOf, quantile } from "./statistics";

test("quantiles lie between neighbours", () => {
  expect(quantile([1, 2, 3, 4], 0.5)).toBe(2.5);
  expect(quantile([7], 0.25)).toBe(7);
});

test("a box leaves outliers beyond its whiskers", () => {
  const [a, b] = boxesOf(["10", "10", "10", "10", "10", "9", null, "9"], [1, 2, 3, 4, 100, 5, 6, Number.NaN]);
  expect(a).toMatchObject({ word: "9", low: 5, middle: 5, high: 5 });
  expect(b).toMatchObject({ word: "10", low: 1, first: 2, middle: 3, third: 4, high: 4 });
  expect(b?.values).toContain(100);
});

test("a field passes through its spots", () => {
  const field = fieldOf(
    [
      { x: 0, y: 0, z: 1 },
      { x: 1, y: 1, z: 3 },
    ],
    3,
  );
  expect(field[0]).toBeCloseTo(1);
  expect(field[8]).toBeCloseTo(3);
  expect(field[4]).toBeCloseTo(2);
});

test("boxes of numbers stand in the order of the numbers, words in that of the alphabet", () => {
  const words = (x: string[]) => boxesOf(x, x.map(() => 1)).map((box) => box.word);
  expect(words(["0.1", "10", "0.01", "1e-3"])).toEqual(["1e-3", "0.01", "0.1", "10"]);
  expect(words(["sgd", "adam"])).toEqual(["adam", "sgd"]);
});
