import { expect, test } from "vitest";

import type { RunRow } from "../api/schema";
import { chartSvg, escaped, reportHtml } from "./report";

const PAYLOAD = `<script>"'&`;

const run = (id: string, loss: number): RunRow => ({
  run_id: id,
  run_name: PAYLOAD,
  experiment_id: "1",
  status: "FINISHED",
  user_id: "",
  start_time: 0,
  lifecycle_stage: "active",
  artifact_uri: "",
  metrics: { loss },
  params: { [PAYLOAD]: PAYLOAD },
  tags: { "mlflow.user": "x", team: "core" },
  models: [],
  datasets: [],
  versions: [],
});

test("a report is one file without scripts, whatever runs are called", () => {
  const html = reportHtml({ title: PAYLOAD, source: "http://here", made: "today", runs: [run("a", 1), run("b", 2)], colours: ["#111", '"><x'], charts: [] });
  expect(html).not.toContain("<script");
  expect(html).not.toContain("<x");
  expect(html).not.toContain("mlflow.user");
  expect(html).toContain(escaped(PAYLOAD));
  expect(html.match(/class="differs"/g)).toHaveLength(1);
  expect(html).not.toMatch(/(src|href)=/);
});

test("a curve has a gap where there is no number", () => {
  const svg = chartSvg({ title: "loss", curves: [{ name: "a", colour: "#111", x: [0, 1, 2, 3], y: [1, Number.NaN, 3, 2] }] });
  const path = /<path d="([^"]*)"/.exec(svg)?.[1] ?? "";
  expect(path.match(/M/g)).toHaveLength(2);
  expect(path.match(/L/g)).toHaveLength(1);
  expect(path).not.toContain("NaN");
});
