import { expect, test } from "vitest";

import { joinedTables } from "./joinedTables";

test("what all agree in is there once, and the rest side by side", () => {
  const one = [["prompt", "answer"], ["a", "1"], ["b", "2"]];
  const two = [["prompt", "answer", "cost"], ["a", "1", "9"], ["b", "3", "8"]];
  expect(joinedTables([one, two])).toEqual({
    columns: [
      { name: "prompt", from: null },
      { name: "answer", from: 0 },
      { name: "answer", from: 1 },
      { name: "cost", from: 1 },
    ],
    rows: [
      { cells: ["a", "1", "1", "9"], differs: true },
      { cells: ["b", "2", "3", "8"], differs: true },
    ],
  });
});

test("a shorter table has nothing where it ended", () => {
  const { columns, rows } = joinedTables([[["x"], ["1"], ["2"]], [["x"], ["1"]]]);
  expect(columns).toEqual([{ name: "x", from: 0 }, { name: "x", from: 1 }]);
  expect(rows).toEqual([
    { cells: ["1", "1"], differs: false },
    { cells: ["2", ""], differs: true },
  ]);
});

test("no table has no rows", () => {
  expect(joinedTables([])).toEqual({ columns: [], rows: [] });
});
