import { expect, test } from "vitest";

import { bytes, counted, numberIn, shortNumber, shortText, toNumber, wholeNumber } from "./numbers";

test("five significant digits are shown, whole numbers as they are", () => {
  expect(shortNumber(0.9666666666666667)).toBe("0.96667");
  expect(shortNumber(1)).toBe("1");
  expect(shortNumber(8888)).toBe("8888");
  expect(shortNumber(1234.5678)).toBe("1234.6");
  expect(shortNumber(123456.789)).toBe("123456.8");
  expect(shortNumber(0.1)).toBe("0.1");
  expect(shortNumber(100.0000001)).toBe("100");
});

test("very large and very small numbers are written with a power of ten", () => {
  expect(shortNumber(0.0000123456)).toBe("1.235e-5");
  expect(shortNumber(12345678.9)).toBe("1.235e7");
  expect(shortNumber(5e20)).toBe("5e20");
  expect(shortNumber(0)).toBe("0");
});

test("negative numbers have a real minus sign, and what is no number says so", () => {
  expect(shortNumber(-0.25)).toBe("−0.25");
  expect(shortNumber(Number.NaN)).toBe("NaN");
  expect(shortNumber(Number.NEGATIVE_INFINITY)).toBe("−∞");
  expect(wholeNumber(Number.NEGATIVE_INFINITY)).toBe("-Infinity");
  expect(wholeNumber(0.1 + 0.2)).toBe("0.30000000000000004");
});

test("the wire's words for numbers are read", () => {
  expect(toNumber("NaN")).toBeNaN();
  expect(toNumber("-Infinity")).toBe(Number.NEGATIVE_INFINITY);
  expect(toNumber(undefined)).toBeNaN();
  expect(toNumber(3)).toBe(3);
});

test("a parameter is a number only when all of it is one", () => {
  expect(numberIn("1e-4")).toBe(0.0001);
  expect(numberIn(" 12 ")).toBe(12);
  expect(numberIn("12px")).toBeNull();
  expect(numberIn("")).toBeNull();
  expect(numberIn("None")).toBeNull();
  expect(numberIn(undefined)).toBeNull();
});

test("long fractions in parameters are shortened, words and long integers are not", () => {
  expect(shortText("0.123456789012")).toBe("0.12346");
  expect(shortText("12345678901234")).toBe("12345678901234");
  expect(shortText("logistic regression")).toBe("logistic regression");
});

test("sizes and counts read as people say them", () => {
  expect(bytes(999)).toBe("999 B");
  expect(bytes(1072)).toBe("1.1 kB");
  expect(bytes(18637)).toBe("19 kB");
  expect(bytes(999_600)).toBe("1 MB");
  expect(counted(1, "run")).toBe("1 run");
  expect(counted(10_000, "run")).toBe("10,000 runs");
});
