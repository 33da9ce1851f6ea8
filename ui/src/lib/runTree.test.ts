import { expect, test } from "vitest";

import type { RunRow } from "../api/schema";
import { type Branch, branchFilter, clauseOf, groupId, groupTree, groupValues, runTree } from "./runTree";

const run = (id: string, children = 0): RunRow => ({
  run_id: id,
  run_name: id,
  experiment_id: "1",
  status: "FINISHED",
  user_id: "",
  start_time: 0,
  lifecycle_stage: "active",
  artifact_uri: "",
  metrics: {},
  params: {},
  tags: {},
  models: [],
  datasets: [],
  versions: [],
  children,
});

const branch = (rows: RunRow[], total = rows.length): Branch => ({ rows, total, error: null, isPending: false });

const told = (roots: RunRow[], open: string[], branches: [string, Branch][]) =>
  runTree(roots, new Set(open), new Map(branches)).map((line) => `${"  ".repeat(line.depth)}${line.kind === "run" ? line.row.run_id : line.kind}`);

test("what is unfolded stands below its run, however deep", () => {
  const branches: [string, Branch][] = [
    ["a", branch([run("b", 1)])],
    ["b", branch([run("c")])],
  ];
  expect(told([run("a", 1), run("d")], ["a", "b"], branches)).toEqual(["a", "  b", "    c", "d"]);
  expect(told([run("a", 1), run("d")], ["b"], branches)).toEqual(["a", "d"]);
});

test("a branch waits, fails and says how many more there are", () => {
  expect(told([run("a", 3)], ["a"], [])).toEqual(["a", "  waiting"]);
  expect(told([run("a", 3)], ["a"], [["a", { ...branch([]), error: new Error("away") }]])).toEqual(["a", "  failed"]);
  const lines = runTree([run("a", 3)], new Set(["a"]), new Map([["a", branch([run("b")], 3)]]));
  expect(lines.at(-1)).toMatchObject({ kind: "more", count: 2, branch: "a" });
});

test("a run that is its own ancestor ends", () => {
  const branches: [string, Branch][] = [
    ["a", branch([run("b", 1)])],
    ["b", branch([run("a", 1)])],
  ];
  expect(told([run("a", 1)], ["a", "b"], branches)).toEqual(["a", "  b", "    a"]);
});

test("groups are unfolded by their values", () => {
  const group = { values: ["0.1", null], runs: 2, numbers: {}, texts: {} };
  const id = groupId(group.values);
  const lines = groupTree([group], new Set([id]), new Map([[id, branch([run("a"), run("b")])]]));
  expect(lines.map((line) => line.kind)).toEqual(["group", "run", "run"]);
  expect(groupValues(id)).toEqual(["0.1", null]);
  expect(groupValues("group:oops")).toBeNull();
  expect(groupValues("group:[1]")).toBeNull();
  expect(groupValues("r1")).toBeNull();
});

test("a branch is a filter", () => {
  expect(branchFilter("r1", "metrics.a > 1", [])).toBe("tags.`mlflow.parentRunId` = 'r1'");
  expect(branchFilter(groupId(["it's", null]), "a = 'x' OR b = 'y'", ["params.p", "tags.t t"])).toBe(
    "(a = 'x' OR b = 'y') AND params.p = 'it''s' AND tags.`t t` IS NULL",
  );
  expect(clauseOf("attributes.status", "FAILED")).toBe("attributes.status = 'FAILED'");
});
