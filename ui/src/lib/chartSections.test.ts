import { expect, test } from "vitest";

import { type ChartArrangement, PINNED, sectionsOf, withDrop, withFold, withPin, withSectionShift, withShift } from "./chartSections";

const KEYS = ["system/cpu", "val/loss", "val/acc", "accuracy", "train/loss", "layer/2/w", "loss"];
const of = (look: ChartArrangement) => sectionsOf(KEYS, look).map(({ title, keys }) => [title, ...keys].join(" "));

test("metrics without a prefix come first, the machine's own last, empty sections never", () => {
  expect(of({})).toEqual([" accuracy loss", "layer/2 layer/2/w", "train train/loss", "val val/acc val/loss", "system system/cpu"]);
});

test("pinned charts stand on top and nowhere else", () => {
  const look = withPin(withPin({}, "val/loss"), "loss");
  expect(look).toEqual({ pins: ["val/loss", "loss"] });
  expect(of({ pins: ["val/loss", "gone", "loss"] }).slice(0, 2)).toEqual([`${PINNED} val/loss loss`, " accuracy"]);
  expect(withPin({ pins: ["loss"] }, "loss")).toEqual({ pins: undefined });
});

test("a chart is moved within its section, and not beyond its ends", () => {
  const shown = sectionsOf(KEYS);
  const look = withShift({}, shown, "accuracy", 1);
  expect(look).toEqual({ order: ["loss", "accuracy"] });
  expect(of(look ?? {})[0]).toBe(" loss accuracy");
  expect(withShift({}, shown, "accuracy", -1)).toBeNull();
  expect(withShift({}, shown, "train/loss", 1)).toBeNull();
});

test("a chart dropped on a pinned one is pinned there, and one dropped back is not any more", () => {
  const look = { pins: ["loss", "accuracy"] };
  const shown = sectionsOf(KEYS, look);
  expect(withDrop(look, shown, "val/acc", "accuracy")).toEqual({ pins: ["loss", "val/acc", "accuracy"] });
  expect(withDrop(look, shown, "loss", "accuracy")).toEqual({ pins: ["accuracy", "loss"] });
  expect(withDrop(look, shown, "loss", "val/acc")).toBeNull();
  const pinned = { pins: ["val/acc"] };
  expect(withDrop(pinned, sectionsOf(KEYS, pinned), "val/acc", "val/loss")).toEqual({ order: ["val/acc", "val/loss"], pins: undefined });
});

test("sections are moved and folded", () => {
  const shown = sectionsOf(KEYS, { pins: ["loss"] });
  const look = withSectionShift(shown, "val", -1);
  expect(look).toEqual({ sections: ["", "layer/2", "val", "train", "system"] });
  expect(withSectionShift(shown, "", -1)).toBeNull();
  expect(withSectionShift(shown, PINNED, 1)).toBeNull();
  expect(withFold({ closed: ["val"] }, "")).toEqual({ closed: ["val", ""] });
  expect(withFold({ closed: ["val"] }, "val")).toEqual({ closed: undefined });
});
