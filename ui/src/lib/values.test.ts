import { expect, test } from "vitest";

import type { RunRow } from "../api/schema";
import { defaultAxes, defaultSides, plottables, valuesOf } from "./values";

const run = (params: Record<string, string>, metrics: RunRow["metrics"]): RunRow => ({
  run_id: "r",
  run_name: "r",
  experiment_id: "1",
  status: "FINISHED",
  user_id: "",
  start_time: 0,
  lifecycle_stage: "active",
  artifact_uri: "",
  metrics,
  params,
  tags: {},
  models: [],
  datasets: [],
  versions: [],
});

const STORY = [
  run({ solver: "lbfgs", max_iter: "1000", seed: "1" }, { accuracy: 0.9 }),
  run({ solver: "newton-cg", max_iter: "500", seed: "1", C: "0.1" }, { accuracy: 0.95 }),
];

test("params are numbers when all of them are, and a run without one has none", () => {
  expect(valuesOf(STORY, "params.max_iter")).toEqual([1000, 500]);
  expect(valuesOf(STORY, "params.C")).toEqual([null, 0.1]);
  expect(valuesOf(STORY, "params.solver")).toEqual(["lbfgs", "newton-cg"]);
  expect(valuesOf([run({ a: "1" }, {}), run({ a: "auto" }, {})], "params.a")).toEqual(["1", "auto"]);
});

test("the first axes are what differs, params before metrics", () => {
  expect(defaultAxes(plottables(STORY), 2)).toEqual(["params.C", "params.max_iter", "params.solver", "metrics.accuracy"]);
});

test("runs that are all alike still get axes", () => {
  expect(defaultAxes(plottables([STORY[0]!, STORY[0]!]), 2)).toEqual(["params.max_iter", "params.seed", "params.solver", "metrics.accuracy"]);
});

test("the first scatter plot has a number that all runs have, over the first metric", () => {
  expect(defaultSides(plottables(STORY))).toEqual({ x: "params.max_iter", y: "metrics.accuracy" });
  expect(defaultSides([])).toEqual({ x: null, y: null });
});
