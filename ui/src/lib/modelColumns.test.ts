import { expect, test } from "vitest";

import type { LoggedModel, Metric } from "../api/schema";
import { defaultModelColumns, groupedModels, lastOf, modelColumns, modelOrder, modelRows, modelText, spreadOf } from "./modelColumns";

function model(name: string, values: [key: string, value: number, step: number][], params: Record<string, string> = {}): LoggedModel {
  const metrics = values.map(([key, value, step]) => ({ key, value, step, timestamp: step }) as Metric);
  return {
    info: { model_id: `m-${name}`, name, experiment_id: "1", status: "LOGGED_MODEL_READY", model_type: "", source_run_id: "r", artifact_uri: "", creation_timestamp_ms: 0, last_updated_timestamp_ms: 0 },
    data: { metrics, params: Object.entries(params).map(([key, value]) => ({ key, value })) },
  };
}

const MODELS = [model("a", [["auc", 0.5, 0], ["auc", 0.75, 3]], { depth: "2" }), model("b", [["auc", 0.25, 0], ["system/cpu", 3, 0]], { depth: "2" }), model("c", [])];

test("the last value of a metric is the one of the highest step", () => {
  expect(lastOf(MODELS[0]!, "auc")).toBe(0.75);
  expect(lastOf(MODELS[2]!, "auc")).toBeUndefined();
});

test("columns tell how many models have them, without the machine's", () => {
  expect(modelColumns(MODELS).metrics).toEqual([{ key: "auc", runs: 2, distinct: 2 }]);
  expect(modelColumns(MODELS).params).toEqual([{ key: "depth", runs: 2, distinct: 1 }]);
  expect(defaultModelColumns(MODELS)).toContain("metrics.auc");
});

test("models are joined by what they say in a column, and those that say nothing stand together", () => {
  const groups = groupedModels(MODELS, "params.depth");
  expect(groups.map((group) => [group.value, group.models.length])).toEqual([["2", 2], [undefined, 1]]);
  expect(spreadOf(groups[0]!.models, "auc")).toEqual({ mean: 0.5, deviation: Math.sqrt(0.125) });
  expect(spreadOf(groups[1]!.models, "auc")).toBeNull();
  expect(spreadOf([MODELS[1]!], "auc")).toEqual({ mean: 0.25 });
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
