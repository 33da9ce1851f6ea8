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
  expect(narrowed("", { data: ["d1 iris"] }, 0)).toBe("datasets(name = 'iris' AND digest = 'd1')");
  expect(narrowed("metrics.a > 1", { data: ["d1 iris", "d2 it's new"] }, 0)).toBe(
    "metrics.a > 1 AND (datasets(name = 'iris' AND digest = 'd1') OR datasets(name = 'it''s new' AND digest = 'd2'))",
  );
});

test("models that were registered from runs are named, with a version or without", () => {
  expect(narrowed("", { versions: ["churn/2", "it's"] }, 0)).toBe("(versions(name = 'churn' AND version = 2) OR versions.name = 'it''s')");
  expect(narrowed("", { modelVersionFilter: "With Model Versions" }, 0)).toBe("versions.name IS NOT NULL");
  expect(narrowed("", { startTime: "5-", modelVersionFilter: "W/O Model Versions" }, 0)).toBe("attributes.start_time >= 5 AND versions.name IS NULL");
});

test("what a link says is a range or nothing", () => {
  expect(["LAST_7_DAYS", "12-", "-12", "1-2", "ALL", "-", "1; DROP", undefined].map(timeRange)).toEqual(["LAST_7_DAYS", "12-", "-12", "1-2", undefined, undefined, undefined, undefined]);
});

test("a button says what is narrowed", () => {
  expect(narrowText({})).toBe("");
  expect(narrowText({ startTime: "LAST_7_DAYS", data: ["d1 iris"] })).toBe("Last week, iris");
  expect(narrowText({ data: ["d1 iris", "d2 wine"] })).toBe("2 datasets");
  expect([["churn/2"], ["churn"], ["churn/1", "churn/2"]].map((versions) => narrowText({ versions }))).toEqual(["churn v2", "churn", "2 models"]);
  expect(narrowText({ startTime: "1764000000000-" })).toMatch(/^Nov 2\d –$/);
});
