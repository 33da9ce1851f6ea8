import { expect, test } from "vitest";

import { chosenColour, COLOUR_CHOICES, COLOUR_TAG, coloursApart, rowColours, runColour, scaleColour } from "./palette";

const SURFACES = [
  [false, "#faf9f6"],
  [true, "#191c1d"],
] as const;

test("a run has one colour whichever other runs are there", () => {
  const rows = [5, 36, 7].map((number) => ({ run_id: `run-${number}`, number, tags: {} }));
  expect(rowColours(rows, false).get("run-7")).toBe(rowColours(rows.slice(2), false).get("run-7"));
});

test("runs made one after the other differ, also where others were made between them", () => {
  for (const every of [1, 2, 3, 10]) {
    const colours = Array.from({ length: 31 }, (_, at) => runColour(1000 + at * every, false));
    expect(new Set(colours).size).toBe(31);
  }
});

test("each colour can be seen in light and dark", () => {
  for (const [dark, surface] of SURFACES) {
    for (let number = 0; number < 31; number++) expect(contrast(runColour(number, dark), surface)).toBeGreaterThan(dark ? 5 : 3.3);
  }
});

test("up to ten things drawn together all have different colours, the first the one that it has alone", () => {
  const names = Array.from({ length: 10 }, (_, at) => `rank ${at}`);
  expect(new Set(coloursApart(names, false).values()).size).toBe(10);
  expect(coloursApart(names, false).get("rank 0")).toBe(coloursApart(["rank 0"], false).get("rank 0"));
});

test("the scale has its ends where the shares end", () => {
  expect(scaleColour(0, false)).toBe("rgb(68, 58, 131)");
  expect(scaleColour(2, false)).toBe(scaleColour(1, false));
});

test("a chosen colour is the run's, and what is no colour is none", () => {
  const rows = ["#FF0000", "red; background: url(x)", ""].map((colour, number) => ({ run_id: `run-${number}`, number, tags: { [COLOUR_TAG]: colour } }));
  expect([...rowColours(rows, false).values()]).toEqual(["#ff0000", runColour(1, false), runColour(2, false)]);
});

test("a choice of the ten is its lighter sister in the dark", () => {
  const tags = { [COLOUR_TAG]: COLOUR_CHOICES[2]! };
  expect(chosenColour(tags, false)).toBe(COLOUR_CHOICES[2]);
  expect(chosenColour(tags, true)).not.toBe(COLOUR_CHOICES[2]);
});

/** As WCAG has it. */
function contrast(one: string, other: string): number {
  const [low, high] = [light(one), light(other)].sort((a, b) => a - b);
  return (high! + 0.05) / (low! + 0.05);
}

function light(colour: string): number {
  const [red, green, blue] = [1, 3, 5].map((at) => {
    const part = Number.parseInt(colour.slice(at, at + 2), 16) / 255;
    return part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4;
  });
  return 0.2126 * red! + 0.7152 * green! + 0.0722 * blue!;
}
