import { expect, test } from "vitest";

import type { LoggedModel, Metric, ModelGroup } from "../api/schema";
import { defaultModelColumns, groupClause, lastOf, modelOrder, modelRows, modelText, shownColumns, sortedModelGroups } from "./modelColumns";

function model(name: string, values: [key: string, value: number, step: number][], params: Record<string, string> = {}): LoggedModel {
  const metrics = values.map(([key, value, step]) => ({ key, value, step, timestamp: step }) as Metric);
  return {
    info: { model_id: `m-${name}`, name, experiment_id: "1", status: "LOGGED_MODEL_READY", model_type: "", source_run_id: "r", artifact_uri: "", creation_timestamp_ms: 0, last_updated_timestamp_ms: 0 },
    data: { metrics, params: Object.entries(params).map(([key, value]) => ({ key, value })) },
  };
}

const MODELS = [model("a", [["auc", 0.5, 0], ["auc", 0.75, 3]], { depth: "2" }), model("b", [["auc", 0.25, 0], ["system/cpu", 3, 0]], { depth: "2" }), model("c", [])];

test("the last value of a metric is the latest, of a dataset if one is named", () => {
  expect(lastOf(MODELS[0]!, "auc")).toBe(0.75);
  expect(lastOf(MODELS[2]!, "auc")).toBeUndefined();
  expect([null, "iris"].map((dataset) => lastOf(MODELS[0]!, "auc", dataset))).toEqual([0.75, undefined]);
});

test("columns are those of models, without the machine's", () => {
  const column = (key: string) => ({ key, runs: 1, distinct: 1 });
  const known = shownColumns({ metrics: ["val/auc", "system/cpu", "auc"].map(column), params: [column("depth")], tags: [] });
  expect(known.metrics.map(({ key }) => key)).toEqual(["auc", "val/auc"]);
  expect(defaultModelColumns(known)).toContain("metrics.auc");
  expect(shownColumns(undefined).params).toEqual([]);
});

test("a group is a clause of the filter", () => {
  expect(groupClause("params.max depth", "it's")).toBe("params.`max depth` = 'it''s'");
  expect(groupClause("tags.team", null)).toBe("tags.team IS NULL");
  expect(groupClause("attributes.run", "r1")).toBe("source_run_id = 'r1'");
  expect(groupClause("attributes.type", null)).toBe("(model_type IS NULL OR model_type = '')");
  expect([groupClause("attributes.dataset", "iris"), groupClause("attributes.dataset", null)]).toEqual(["datasets.name = 'iris'", "datasets.name IS NULL"]);
});

test("groups follow the metric that models are sorted by, those without it last", () => {
  const group = (value: string, mean?: number): ModelGroup => ({ value, models: 1, numbers: mean === undefined ? {} : { auc: { runs: 1, mean, minimum: mean, maximum: mean } } });
  const groups = [group("none"), group("low", 0.1), group("high", 0.9)];
  const order = (sort: string) => sortedModelGroups(groups, sort).map(({ value }) => value);
  expect([order("metrics.auc"), order("-metrics.auc"), order("name")]).toEqual([["low", "high", "none"], ["high", "low", "none"], ["none", "low", "high"]]);
});

test("a file has a line for each model, with nothing where it says nothing", () => {
  expect(modelRows(MODELS.slice(1), ["attributes.status", "metrics.auc", "attributes.created"])).toEqual([
    ["model", "attributes.id", "attributes.status", "metrics.auc", "attributes.created"],
    ["b", "m-b", "LOGGED_MODEL_READY", "0.25", ""],
    ["c", "m-c", "LOGGED_MODEL_READY", "", ""],
  ]);
});

test("the server orders by metrics and by the moment of creation only", () => {
  expect(modelOrder("metrics.auc")).toBe("metrics.auc");
  expect(modelOrder("attributes.created")).toBe("creation_timestamp");
  expect(modelOrder("params.depth")).toBeUndefined();
  expect(modelText(MODELS[0]!, "attributes.registered")).toBeUndefined();
});
