import { expect, test } from "vitest";

import type { RunGroup } from "../api/schema";
import { groupTitle, plainId, sortedGroups, spreadText } from "./groups";

const group = (value: string | null, mean: number | "NaN" | null): RunGroup => ({
  values: [value],
  runs: 2,
  numbers: mean === null ? {} : { "metrics.val/loss": { runs: 2, mean, minimum: 0, maximum: 1 } },
  texts: {},
});

const GROUPS = [group("10", 0.5), group(null, null), group("9", "NaN"), group("2", 0.1)];

test("groups are sorted by means and by values, what is absent last", () => {
  const values = (key: string, ascending: boolean) => sortedGroups(GROUPS, ["params.lr"], { key, ascending }).map((each) => each.values[0]);
  expect(values("metrics.`val/loss`", true)).toEqual(["2", "10", "9", null]);
  expect(values("metrics.`val/loss`", false)).toEqual(["10", "2", "9", null]);
  expect(values("params.lr", true)).toEqual(["2", "9", "10", null]);
  expect(sortedGroups(GROUPS, [], null)).toBe(GROUPS);
});

test("an order's key is a column's", () => {
  expect(plainId("metrics.`val/loss`")).toBe("metrics.val/loss");
  expect(plainId('tags."a`b"')).toBe("tags.a`b");
  expect(plainId("params.lr")).toBe("params.lr");
});

test("a spread has two digits and a group a title", () => {
  expect(spreadText(0.012345)).toBe("0.012");
  expect(spreadText(Number.NaN)).toBe("");
  expect(groupTitle(["params.lr", "tags.team"], ["0.1", null])).toBe("lr 0.1, team –");
});
