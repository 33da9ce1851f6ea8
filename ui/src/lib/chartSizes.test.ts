import { expect, test } from "vitest";

import { chosenSize, columnsNear, fittingColumns, heightNear, sizeIn, sizesOf, spanOf, withSize } from "./chartSizes";
import { chartSearch } from "./viewState";

test("sizes are read with care, and written shortly", () => {
  const sizes = sizesOf({ sizes: { loss: "2x400", "//1": "x305", acc: "*", bad: "0x1", worse: 3, "": "x99999", high: "99x9000", constructor: "1" } });
  expect(sizes).toEqual({ "//1": "x310", acc: "*", high: "12x1200", constructor: "1", loss: "2x400" });
  expect(sizeIn(sizes, "loss")).toEqual({ columns: 2, height: 400 });
  expect(sizeIn(sizes, "acc")).toEqual({ columns: "all" });
  expect(sizeIn(sizes, "toString")).toEqual({});
  expect(sizesOf({ sizes: ["x300"] })).toBeUndefined();
});

test("links that say which charts take the whole width keep working", () => {
  const old = { wide: ["loss", "//1", 3], cards: [{ id: "//1", kind: "parallel" }, null], sizes: { loss: "1" } };
  const search = chartSearch(old);
  expect(search.sizes).toEqual({ "//1": "1", loss: "1" });
  expect(chartSearch({ ...old, sizes: undefined }).sizes).toEqual({ "//1": "1", loss: "*" });
  // What was read from it is not read from it again once it was changed.
  expect(chartSearch({ ...old, ...search, sizes: undefined }).sizes).toBeUndefined();
});

test("a size is changed and taken away", () => {
  const usual = { columns: 1, height: 210 };
  expect(withSize({ b: "1" }, "a", { columns: "all", height: 300 })).toEqual({ a: "*x300", b: "1" });
  expect(JSON.stringify(withSize({ b: "1" }, "a", { height: 300 }))).toBe('{"a":"x300","b":"1"}');
  expect(withSize({ a: "x300" }, "a", chosenSize({ columns: 1, height: 210 }, usual))).toBeUndefined();
  expect(chosenSize({ columns: 2, height: 210 }, usual)).toEqual({ columns: 2 });
});

test("heights and columns are the nearest that there are", () => {
  expect([heightNear(3), heightNear(214), heightNear(1e9)]).toEqual([120, 210, 1200]);
  const grid = { columns: 3, column: 380, gap: 12 };
  expect([-50, 500, 600, 900, 1100].map((width) => columnsNear(width, grid))).toEqual([1, 1, 2, 2, "all"]);
  expect(columnsNear(600, { ...grid, columns: 1 })).toBeUndefined();
  expect([fittingColumns(328, 368, 12), fittingColumns(1176, 368, 12), fittingColumns(0, 368, 12)]).toEqual([1, 3, 1]);
  expect([spanOf("all", 3), spanOf(2, 3), spanOf(5, 3), spanOf("all", 1)]).toEqual([3, 2, 3, 1]);
});
