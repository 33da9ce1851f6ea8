import { expect, test } from "vitest";

import { chosenColour, COLOUR_CHOICES, COLOUR_TAG, colourSlots, rowColours, runColours, scaleColour } from "./palette";

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

test("a chosen colour is the run's, and what is no colour is none", () => {
  const rows = ["#FF0000", "red; background: url(x)", ""].map((colour, at) => ({ run_id: `run-${at}`, tags: { [COLOUR_TAG]: colour } }));
  const colours = rowColours(rows, false);
  expect(colours.get("run-0")).toBe("#ff0000");
  expect([colours.get("run-1"), colours.get("run-2")]).toEqual([...runColours(["run-0", "run-1", "run-2"], false).values()].slice(1));
});

test("a choice of the ten is its lighter sister in the dark", () => {
  const tags = { [COLOUR_TAG]: COLOUR_CHOICES[2]! };
  expect(chosenColour(tags, false)).toBe(COLOUR_CHOICES[2]);
  expect(chosenColour(tags, true)).not.toBe(COLOUR_CHOICES[2]);
});
