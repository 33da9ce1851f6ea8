import { expect, test } from "vitest";

import { drawnText, largerChoices, mostDrawn } from "./drawnRuns";

test("more runs are drawn only if somebody asks for them", () => {
  expect(mostDrawn(undefined, false, false)).toEqual({ usual: 20, most: 20 });
  expect(mostDrawn(undefined, false, true)).toEqual({ usual: 100, most: 100 });
  expect(mostDrawn(100, true, false)).toEqual({ usual: 200, most: 200 });
  expect(mostDrawn(1000, false, false)).toEqual({ usual: 20, most: 1000 });
});

test("what can be chosen ends with what draws all", () => {
  expect(largerChoices(20, 5000)).toEqual([100, 300, 1000]);
  expect(largerChoices(20, 150)).toEqual([100, 300]);
  expect(largerChoices(100, 300)).toEqual([300]);
  expect(largerChoices(1000, 5000)).toEqual([]);
});

test("how many are drawn is said with how many there are", () => {
  expect(drawnText(20, 1200, false)).toBe("Curves are of the first 20 of 1,200 runs.");
  expect(drawnText(100, 150, true)).toBe("Curves are of the first 100 of 150 ticked runs.");
  expect(drawnText(300, 300, false)).toBe("Curves are of all 300 runs.");
});
