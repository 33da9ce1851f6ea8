import { expect, test } from "vitest";

import { chartSearch, compareSearch, experimentSearch } from "./viewState";

test("a link of MLflow's page opens the same view", () => {
  expect(experimentSearch({ searchFilter: "metrics.a > 1", orderByKey: "metrics.`a`", orderByAsc: true, lifecycleFilter: "Deleted", startTime: "ALL", compareRunsMode: "CHART" })).toMatchObject({
    searchFilter: "metrics.a > 1",
    orderByKey: "metrics.`a`",
    orderByAsc: true,
    lifecycleFilter: "Deleted",
    tab: "charts",
  });
  expect(experimentSearch({ startTime: "LAST_7_DAYS" })).toMatchObject({ startTime: "LAST_7_DAYS" });
  expect(compareSearch({ runs: ["a", "b", "a"], experiments: ["0"] })).toMatchObject({ runs: ["a", "b"], experiments: ["0"] });
});

test("what does not fit is dropped, not believed", () => {
  expect(experimentSearch({ cols: "x", tab: "evil", orderByAsc: "yes", searchFilter: { a: 1 } })).toEqual({});
  expect(compareSearch({ runs: "a", experiments: [3, null, {}] })).toMatchObject({ runs: [], experiments: ["3"] });
  expect(chartSearch({ smooth: 7, axis: "upside down" })).toEqual({ smooth: 0.99 });
});
