import { describe, expect, it } from "vitest";

import { plainLine } from "./plainLine";
import { modelFilter, tagFilter } from "./registry";

describe("what is typed above the list of models", () => {
  it("is a part of a name, or a filter", () => {
    expect(modelFilter("churn")).toBe("name ILIKE '%churn%'");
    expect(modelFilter("name tags")).toBe("name ILIKE '%name tags%'");
    expect(modelFilter("tags.team = 'growth'")).toBe("tags.team = 'growth'");
    expect(modelFilter("name LIKE 'a%'")).toBe("name LIKE 'a%'");
    expect(modelFilter("tags.`my team` != 'x'")).toBe("tags.`my team` != 'x'");
  });
  it("is made from a tag", () => {
    expect(modelFilter(tagFilter("my team", "it's"))).toBe(tagFilter("my team", "it's"));
  });
});

describe("a note on one line", () => {
  it("has no signs", () => {
    expect(plainLine("All:\n\n| a | b |\n|---|---|\n| 1 | 2 |\n\nend", 90)).toBe("All: end");
    expect(plainLine("Good on *all* slices, _really_.", 90)).toBe("Good on all slices, really.");
    expect(plainLine("2 * 3 * 4 and snake_case_name", 90)).toBe("2 * 3 * 4 and snake_case_name");
  });
});
