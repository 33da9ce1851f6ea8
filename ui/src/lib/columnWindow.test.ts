import { expect, test } from "vitest";

import { windowOf } from "./columnWindow";

const wide = Array.from({ length: 200 }, () => 100);

test("few columns are all there", () => {
  expect(windowOf([100, 100], 5000, 6000)).toEqual({ from: 0, to: 2, before: 0 });
});

test("of many only those in view are, and some beyond", () => {
  expect(windowOf(wide, 0, 1000)).toEqual({ from: 0, to: 16, before: 0 });
  expect(windowOf(wide, 5050, 6050)).toEqual({ from: 44, to: 68, before: 4400 });
  expect(windowOf(wide, 19_000, 20_000)).toEqual({ from: 184, to: 200, before: 18_400 });
});

test("every place is covered, wherever the table is scrolled to", () => {
  const widths = Array.from({ length: 60 }, (_, at) => 48 + ((at * 37) % 300));
  const starts = widths.map((_, at) => widths.slice(0, at).reduce((sum, width) => sum + width, 0));
  const whole = starts.at(-1)! + widths.at(-1)!;
  for (let left = 0; left < whole - 500; left += 13) {
    const { from, to, before } = windowOf(widths, left, left + 500);
    expect(before).toBe(starts[from] ?? whole);
    expect(starts[from]!).toBeLessThanOrEqual(left);
    expect((starts[to] ?? whole)).toBeGreaterThanOrEqual(left + 500);
  }
});

test("a table without room draws something", () => {
  const { from, to } = windowOf(wide, 300, 300);
  expect(to).toBeGreaterThan(from);
  expect(windowOf(wide, 99_999, 99_999).to).toBe(200);
});
