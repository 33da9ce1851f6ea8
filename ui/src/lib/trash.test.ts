import { expect, test } from "vitest";

import { purgeSize, purgeText } from "./trash";

test("what goes is told in words", () => {
  const report = { experiments: 2, runs: 31, logged_models: 1 };
  expect(purgeText(report)).toBe("2 experiments, 31 runs and 1 logged model");
  expect(purgeText({ ...report, experiments: 0, logged_models: 0 })).toBe("31 runs");
  expect(purgeText({ experiments: 0, runs: 0, logged_models: 0 })).toBe("nothing");
  expect(purgeSize(report)).toBe("");
  expect(purgeSize({ ...report, files: 3, bytes: 2500 })).toBe("3 files, 2.5 kB");
});
