import { expect, test } from "vitest";

import { arrangement, defaultView, isArranged, isShown, namedViews, sharedViews, withoutArrangement, withView } from "./namedViews";

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

test("views for everybody are tags, and one of them may be the first to be seen", () => {
  const tags = [
    { key: "flowmill.view.best", value: JSON.stringify({ orderByKey: "metrics.auc", runs: ["r1"] }) },
    { key: "flowmill.view.broken", value: "{" },
    { key: "flowmill.view.none", value: "null" },
    { key: "team", value: "vision" },
  ];
  expect(sharedViews(tags)).toEqual([{ name: "best", search: { orderByKey: "metrics.auc" } }]);
  expect(defaultView(tags)).toBeUndefined();
  expect(defaultView([...tags, { key: "flowmill.defaultView", value: "best" }])?.name).toBe("best");
  expect(defaultView([...tags, { key: "flowmill.defaultView", value: "gone" }])).toBeUndefined();
  expect([isArranged({ runs: ["r1"], open: ["r1"] }), isArranged({ tab: "charts" })]).toEqual([false, true]);
});
