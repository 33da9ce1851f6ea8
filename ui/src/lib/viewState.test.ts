import { expect, test } from "vitest";

import { chartSearch, compareSearch, compareVersionsSearch, experimentSearch, loggedModelsSearch, metricLink } from "./viewState";

test("a link of MLflow's page opens the same view", () => {
  expect(experimentSearch({ searchFilter: "metrics.a > 1", orderByKey: "metrics.`a`", orderByAsc: true, lifecycleFilter: "Deleted", startTime: "ALL", compareRunsMode: "CHART" })).toMatchObject({
    searchFilter: "metrics.a > 1",
    orderByKey: "metrics.`a`",
    orderByAsc: true,
    lifecycleFilter: "Deleted",
    tab: "charts",
  });
  expect(experimentSearch({ startTime: "LAST_7_DAYS" })).toMatchObject({ startTime: "LAST_7_DAYS" });
  expect(experimentSearch({ compareRunsMode: "ARTIFACT", lifecycleFilter: "Active", modelVersionFilter: "All Runs", datasetsFilter: "W10=", searchFilter: "" })).toEqual({});
  expect(
    experimentSearch({
      modelVersionFilter: "W/O Model Versions",
      datasetsFilter: "W3sibmFtZSI6Ikdyw7bDn2Ug5pel5pysIiwiZGlnZXN0IjoiMzZjYzYzYzYiLCJjb250ZXh0IjoidHJhaW5pbmcifV0=",
    }),
  ).toEqual({ modelVersionFilter: "W/O Model Versions", data: ["36cc63c6 Größe 日本"] });
  expect(loggedModelsSearch({ viewMode: "CHART" })).toMatchObject({ view: "charts" });
  expect(compareVersionsSearch({ name: "churn", runs: { 1: "a", 2: "b" } })).toMatchObject({ name: "churn", versions: ["1", "2"] });
  expect(
    metricLink({ runs: ["a", "b"], metric: "train/acc", experiments: ["1"], plot_metric_keys: ["train/acc"], plot_layout: {}, x_axis: "relative", y_axis_scale: "log", line_smoothness: 31 }),
  ).toEqual({ runs: ["a", "b"], experiments: ["1"], search: { large: "train/acc", axis: "relative", log: true, smooth: 0.3 } });
  expect(metricLink({ runs: ["a"], plot_metric_keys: ["x", "y"], x_axis: "wall", y_axis_scale: "linear", line_smoothness: 1 }).search).toEqual({ pins: ["x", "y"], axis: "time" });
  expect(compareSearch({ runs: ["a", "b", "a"], experiments: ["0"] })).toMatchObject({ runs: ["a", "b"], experiments: ["0"] });
});

test("what does not fit is dropped, not believed", () => {
  expect(experimentSearch({ cols: "x", tab: "evil", orderByAsc: "yes", searchFilter: { a: 1 } })).toEqual({});
  expect(compareSearch({ runs: "a", experiments: [3, null, {}] })).toMatchObject({ runs: [], experiments: ["3"] });
  expect(experimentSearch({ datasetsFilter: "not base64", modelVersionFilter: "churn", versions: "churn/2" })).toEqual({});
  expect(experimentSearch({ datasetsFilter: btoa('[null,{"name":3},"x"]') })).toEqual({});
  expect(compareVersionsSearch({ name: "churn", runs: "x" }).versions).toEqual([]);
  expect(chartSearch({ smooth: 7, axis: "upside down" })).toEqual({ smooth: 0.99 });
});
