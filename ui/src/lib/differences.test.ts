import { expect, test } from "vitest";

import type { RunRow } from "../api/schema";
import { comparedMetrics, comparedTexts, differenceRows, differenceText, markdownTable, plainFirst } from "./differences";

const run = (metrics: RunRow["metrics"]): RunRow => ({
  run_id: "r",
  run_name: "r",
  experiment_id: "1",
  status: "FINISHED",
  user_id: "",
  start_time: 0,
  lifecycle_stage: "active",
  artifact_uri: "",
  metrics,
  params: {},
  tags: {},
  models: [],
  datasets: [],
  versions: [],
});

test("metrics that differ name the highest and the lowest run", () => {
  const [accuracy, loss] = comparedMetrics([run({ accuracy: 0.9, loss: 0.3 }), run({ accuracy: 0.95, loss: 0.3 }), run({ loss: 0.3 })]);
  expect(accuracy).toMatchObject({ key: "accuracy", differs: true, highest: 1, lowest: 0 });
  expect(accuracy?.cells).toEqual(["0.9", "0.95", null]);
  expect(loss).toMatchObject({ differs: false, highest: -1, lowest: -1 });
});

test("NaN is a value: two of them are alike, and it is neither high nor low", () => {
  const [row] = comparedMetrics([run({ a: "NaN" }), run({ a: "NaN" })]);
  expect(row).toMatchObject({ differs: false, cells: ["NaN", "NaN"] });
  const [mixed] = comparedMetrics([run({ a: "NaN" }), run({ a: 1 }), run({ a: 2 })]);
  expect(mixed).toMatchObject({ differs: true, highest: 2, lowest: 1 });
});

test("a digit that is not shown still makes a difference", () => {
  const [row] = comparedMetrics([run({ a: 0.1234567 }), run({ a: 0.1234568 })]);
  expect(row?.differs).toBe(true);
});

test("a run without a parameter differs from one with an empty one", () => {
  expect(comparedTexts([{ C: "" }, {}])[0]).toMatchObject({ cells: ["", null], differs: true });
});

test("names without a prefix come first, numbers in names count", () => {
  expect(["val/b", "z", "layer10", "layer2"].sort(plainFirst)).toEqual(["layer2", "layer10", "z", "val/b"]);
});

test("the Markdown table keeps its shape whatever the values hold", () => {
  const rows = comparedTexts([{ "a|b": "x\ny" }, { "a|b": "<b>" }]);
  expect(markdownTable(["one", "two"], [{ title: "Parameters", rows }])).toBe(
    ["|  | one | two |", "| --- | --- | --- |", "| **Parameters** |  |  |", "| a\\|b ≠ | x y | &lt;b> |"].join("\n"),
  );
});

test("differences are told beside the values, in Markdown and as numbers of their own in CSV", () => {
  const sections = [{ title: "Metrics", rows: comparedMetrics([run({ a: 2, b: 1 }), run({ a: 3, b: 1 }), run({ a: "NaN" })]) }];
  expect(differenceRows(["x", "y", "z"], sections, 0)).toEqual([
    ["kind", "key", "x", "y", "z", "y less x", "z less x"],
    ["Metrics", "a", "2", "3", "NaN", "1", ""],
    ["Metrics", "b", "1", "1", "", "0", ""],
  ]);
  expect(markdownTable(["x", "y", "z"], sections, 0).split("\n").slice(3)).toEqual(["| a ≠ | 2 | 3 +1 (+50%) | NaN |", "| b ≠ | 1 | 1 = |  |"]);
});

test("a difference is told with its share of the base", () => {
  expect(differenceText(0.82, 0.8)).toBe("+0.02 (+2.5%)");
  expect(differenceText(-3, -2)).toBe("−1 (−50%)");
  expect(differenceText(5, 0)).toBe("+5");
  expect(differenceText(5, 5)).toBe("=");
  expect(differenceText(Number.NaN, 5)).toBe("");
  expect(differenceText(null, 5)).toBe("");
});

test("numbers in parameters are known, and not ranked", () => {
  const [row] = comparedTexts([{ lr: "0.1" }, { lr: "high" }, {}]);
  expect(row).toMatchObject({ numbers: [0.1, null, null], highest: -1, lowest: -1, differs: true });
});
