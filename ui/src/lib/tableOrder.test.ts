import { expect, test } from "vitest";

import { compareCells } from "./tableOrder";

test("numbers are ordered by size and words by the alphabet, either way", () => {
  const sorted = (cells: string[], down: boolean) => [...cells].sort((a, b) => compareCells(a, b, down));
  expect(sorted(["10", "9", "-1e3"], false)).toEqual(["-1e3", "9", "10"]);
  expect(sorted(["10", "9", "-1e3"], true)).toEqual(["10", "9", "-1e3"]);
  expect(sorted(["run 10", "run 9"], false)).toEqual(["run 9", "run 10"]);
});

test("what is empty comes last whichever way", () => {
  expect(["", "2", "1"].sort((a, b) => compareCells(a, b, false))).toEqual(["1", "2", ""]);
  expect(["", "2", "1"].sort((a, b) => compareCells(a, b, true))).toEqual(["2", "1", ""]);
});
