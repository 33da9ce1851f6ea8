import { expect, test } from "vitest";

import { sectionsOf, smoothed } from "./smoothing";

test("a constant stays what it is from its first point on", () => {
  expect([...smoothed(Float64Array.of(3, 3, 3), 0.9)].map((value) => value.toFixed(9))).toEqual(["3.000000000", "3.000000000", "3.000000000"]);
});

test("gaps are kept and stepped over", () => {
  const out = smoothed(Float64Array.of(1, Number.NaN, 1), 0.5);
  expect(out[1]).toBeNaN();
  expect(out[2]).toBeCloseTo(1);
});

test("metrics without a prefix come first, the machine's own last, empty sections never", () => {
  expect(sectionsOf(["system/cpu", "val/loss", "accuracy", "train/loss", "layer/2/w"])).toEqual([
    { title: "", keys: ["accuracy"] },
    { title: "layer/2", keys: ["layer/2/w"] },
    { title: "train", keys: ["train/loss"] },
    { title: "val", keys: ["val/loss"] },
    { title: "system", keys: ["system/cpu"] },
  ]);
});
