import { expect, it } from "vitest";

import { tableInJson, tableOfLines } from "./jsonTable";

it("finds tables of columns and rows, and lists of records", () => {
  expect(tableInJson({ columns: ["a", 1], data: [[null, { b: 2 }]] })).toEqual([["a", "1"], ["", '{"b":2}']]);
  expect(tableInJson([{ a: 1 }, { b: "x" }])).toEqual([["a", "b"], ["1", ""], ["", "x"]]);
});

it("takes nothing else for a table", () => {
  for (const other of [null, 1, [], [1, 2], [[1]], {}, [{}], { columns: [], data: [] }, { columns: ["a"], data: [[1, 2]] }]) expect(tableInJson(other)).toBeNull();
});

it("reads a record a line, without one that is cut", () => {
  expect(tableOfLines('{"a": 1}\n\n{"a": 2}\n{"a"', false)).toEqual([["a"], ["1"], ["2"]]);
  expect(tableOfLines('{"a": 1}\n{"a"', true)).toBeNull();
  expect(tableOfLines("1\n2", true)).toBeNull();
});
