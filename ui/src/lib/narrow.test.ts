import { expect, test } from "vitest";

import { narrowed, narrowText, timeRange } from "./narrow";

test("a range is counted from now, or between two moments", () => {
  expect(narrowed("", { startTime: "LAST_HOUR" }, 10_000_000)).toBe("attributes.start_time >= 6400000");
  expect(narrowed("metrics.a > 1 OR metrics.b > 1", { startTime: "5-9" }, 0)).toBe(
    "(metrics.a > 1 OR metrics.b > 1) AND attributes.start_time >= 5 AND attributes.start_time <= 9",
  );
  expect(narrowed("", { startTime: "-9" }, 0)).toBe("attributes.start_time <= 9");
  expect(narrowed("status = 'FAILED'", {}, 0)).toBe("status = 'FAILED'");
});

test("datasets are named and told apart by their digests", () => {
  expect(narrowed("", { data: ["d1 iris", "d2 it's new"] }, 0)).toBe("datasets.name IN ('iris', 'it''s new') AND datasets.digest IN ('d1', 'd2')");
});

test("what a link says is a range or nothing", () => {
  expect(["LAST_7_DAYS", "12-", "-12", "1-2", "ALL", "-", "1; DROP", undefined].map(timeRange)).toEqual(["LAST_7_DAYS", "12-", "-12", "1-2", undefined, undefined, undefined, undefined]);
});

test("a button says what is narrowed", () => {
  expect(narrowText({})).toBe("");
  expect(narrowText({ startTime: "LAST_7_DAYS", data: ["d1 iris"] })).toBe("Last week, iris");
  expect(narrowText({ data: ["d1 iris", "d2 wine"] })).toBe("2 datasets");
  expect(narrowText({ startTime: "1764000000000-" })).toMatch(/^Nov 2\d –$/);
});
