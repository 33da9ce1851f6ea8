import { expect, test } from "vitest";

import { colourSlots, runColours, scaleColour } from "./palette";

test("up to ten runs all have different colours", () => {
  const ids = Array.from({ length: 10 }, (_, at) => `run-${at}`);
  expect(new Set(colourSlots(ids).values()).size).toBe(10);
  expect(runColours(ids, false).get("run-3")).toMatch(/^#[\da-f]{6}$/);
});

test("a run alone has the colour that it has in front of others", () => {
  const alone = colourSlots(["run-7"]).get("run-7");
  expect(colourSlots(["run-7", "run-1", "run-2"]).get("run-7")).toBe(alone);
});

test("the scale has its ends where the shares end", () => {
  expect(scaleColour(0, false)).toBe("rgb(68, 58, 131)");
  expect(scaleColour(2, false)).toBe(scaleColour(1, false));
});
