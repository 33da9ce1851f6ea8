import { expect, test } from "vitest";

import { arrangement, isShown, namedViews, withoutArrangement, withView } from "./namedViews";

test("a view keeps how the table looks and not what is ticked", () => {
  const search = { searchFilter: "metrics.a > 1", group: ["params.lr"], runs: ["r1"], open: ["r1"] };
  const view = { name: "mine", search: arrangement(search) };
  expect(view.search).toEqual({ searchFilter: "metrics.a > 1", group: ["params.lr"] });
  expect(isShown(view, search)).toBe(true);
  expect(isShown(view, { ...search, flat: true })).toBe(false);
  expect({ ...search, ...withoutArrangement() }).toMatchObject({ runs: ["r1"], searchFilter: undefined, group: undefined });
});

test("what another hand wrote into the store harms nothing", () => {
  expect(namedViews("oops")).toEqual([]);
  const good = { name: "b", search: { cols: ["metrics.a"], widths: { "metrics.a": 1e9 } } };
  expect(namedViews([null, 3, { name: 4 }, good, { name: "a", search: { tab: "<b>" } }])).toEqual([
    { name: "a", search: {} },
    { name: "b", search: { cols: ["metrics.a"], widths: { "metrics.a": 900 } } },
  ]);
});

test("a view of the same name is replaced", () => {
  expect(withView([{ name: "a", search: {} }], { name: "a", search: { flat: true } })).toEqual([{ name: "a", search: { flat: true } }]);
});
