import { expect, test } from "vitest";

import { isTouched } from "./changes";

test("a change touches what shows it and nothing else", () => {
  const changes = { runs: ["r1"], experiments: [] };
  expect(isTouched(["series", ["r0", "r1"], ["loss"]], changes)).toBe(true);
  expect(isTouched(["series", ["r2"], ["loss"]], changes)).toBe(false);
  expect(isTouched(["runs", "one", "r1"], changes)).toBe(true);
  expect(isTouched(["runs", "fresh", ["r1"], []], changes)).toBe(true);
  expect(isTouched(["runs", "columns of", ["r1"], ["1"]], changes)).toBe(true);
  expect(isTouched(["runs", "columns", ["1"]], changes)).toBe(false);
  expect(isTouched(["runs", "total", {}], changes)).toBe(false);
  expect(isTouched(["runs", "total", {}], { runs: [], experiments: ["1"] })).toBe(true);
  expect(isTouched(["experiments", "list"], { runs: ["r1"], experiments: ["1"] })).toBe(false);
});
