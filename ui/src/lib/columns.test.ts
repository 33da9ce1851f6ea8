import { expect, test } from "vitest";

import type { RunRow } from "../api/schema";
import { carried, cellText, columnBadge, columnTitle, defaultColumns, differingColumns, moved, orderKey, withoutEmptyModel } from "./columns";

const ROW: RunRow = {
  run_id: "r1",
  run_name: "first",
  experiment_id: "1",
  status: "FINISHED",
  user_id: "ada",
  start_time: 1_700_000_000_000,
  end_time: 1_700_000_002_500,
  lifecycle_stage: "active",
  artifact_uri: "",
  metrics: { accuracy: 0.9, bad: "NaN" },
  params: { C: "0.1" },
  tags: {},
  models: [{ model_id: "m-1", name: "iris_model", status: "LOGGED_MODEL_READY" }],
  datasets: [],
  versions: [{ name: "iris", version: "3" }],
};

const column = (key: string, runs: number, distinct: number) => ({ key, runs, distinct });

test("metrics come first, then the parameters that differ", () => {
  const columns = defaultColumns({
    metrics: [column("val/loss", 2, 2), column("accuracy", 2, 1), column("system/cpu", 2, 2)],
    params: [column("seed", 2, 1), column("solver", 2, 2), column("C", 1, 1)],
    tags: [],
  });
  expect(columns).toEqual([
    "attributes.status",
    "attributes.created",
    "attributes.duration",
    "metrics.accuracy",
    "metrics.val/loss",
    "attributes.model",
    "params.solver",
    "params.C",
  ]);
});

test("a single run shows its parameters although none can differ", () => {
  const columns = defaultColumns({ metrics: [], params: [column("C", 1, 1), column("seed", 1, 1)], tags: [] });
  expect(columns).toContain("params.C");
});

test("the model column is left out where no run has a model", () => {
  expect(withoutEmptyModel(["attributes.model"], [ROW])).toEqual(["attributes.model"]);
  expect(withoutEmptyModel(["attributes.model"], [{ ...ROW, models: [], versions: [] }])).toEqual([]);
});

test("columns know how the server orders by them", () => {
  expect(orderKey("metrics.val/loss")).toBe("metrics.`val/loss`");
  expect(orderKey("attributes.created")).toBe("attributes.start_time");
  expect(orderKey("attributes.duration")).toBeUndefined();
  expect(columnTitle("metrics.a.b")).toBe("a.b");
});

test("a row carries only what its columns need", () => {
  expect(carried(["attributes.status", "metrics.accuracy", "attributes.source"])).toEqual([
    "metrics.accuracy",
    "tags.mlflow.source.git.commit",
    "tags.mlflow.source.name",
  ]);
});

test("a file gets whole values", () => {
  expect(cellText(ROW, "attributes.created")).toBe("2023-11-14T22:13:20.000Z");
  expect(cellText(ROW, "attributes.duration")).toBe("2.5");
  expect(cellText(ROW, "metrics.bad")).toBe("NaN");
  expect(cellText(ROW, "metrics.missing")).toBe("");
  expect(cellText(ROW, "attributes.model")).toBe("iris v3, iris_model");
});

test("columns that say the same in every row are left out on wish", () => {
  const other = { ...ROW, run_id: "r2", params: { C: "0.2" } };
  const columns = ["attributes.created", "attributes.status", "metrics.accuracy", "params.C", "params.none"];
  expect(differingColumns(columns, [ROW, other])).toEqual(["attributes.created", "params.C"]);
  expect(differingColumns(columns, [ROW])).toBe(columns);
});

test("a column is moved to the place of another", () => {
  expect(moved(["a", "b", "c"], "a", 2)).toEqual(["b", "c", "a"]);
  expect(moved(["a", "b", "c"], "c", 0)).toEqual(["c", "a", "b"]);
  expect(moved(["a", "b"], "a", 5)).toEqual(["a", "b"]);
});

test("the extremes of a metric are columns of their own", () => {
  const row = { ...ROW, minimums: { accuracy: 0.1 }, maximums: {} };
  expect(cellText(row, "minimum.accuracy")).toBe("0.1");
  expect(cellText(row, "maximum.accuracy")).toBe("");
  expect(orderKey("minimum.val/loss")).toBe("minimum.`val/loss`");
  expect(columnBadge("maximum.accuracy")).toBe("max");
});
