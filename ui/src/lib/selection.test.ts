import { expect, test } from "vitest";

import { toggled } from "./selection";

const SHOWN = ["a", "b", "c", "d", "e"];

test("a click ticks and unticks one row", () => {
  expect(toggled([], SHOWN, "b", null, false)).toEqual(["b"]);
  expect(toggled(["b", "c"], SHOWN, "b", "b", false)).toEqual(["c"]);
});

test("with shift everything in between takes the state of the clicked row", () => {
  expect(toggled(["b"], SHOWN, "d", "b", true)).toEqual(["b", "c", "d"]);
  expect(toggled(["d"], SHOWN, "b", "d", true)).toEqual(["b", "c", "d"]);
  expect(toggled(["a", "b", "c", "d"], SHOWN, "d", "b", true)).toEqual(["a"]);
});

test("without a row to start from shift is a plain click", () => {
  expect(toggled([], SHOWN, "c", "gone", true)).toEqual(["c"]);
});
