import { expect, test } from "vitest";

import type { RunColumns, RunRow } from "../api/schema";
import { cardsOf } from "./cards";
import { colouring, neededColumns, plotSides, plottablesOf } from "./plots";

const column = (key: string, runs: number, distinct: number) => ({ key, runs, distinct });
const known: RunColumns = {
  params: [column("depth", 10, 3), column("kind", 10, 2), column("lr", 10, 9), column("same", 10, 1)],
  metrics: [column("loss", 10, 10), column("score", 9, 4)],
  tags: [],
};
const row = (params: Record<string, string>, metrics: Record<string, number> = {}): RunRow => ({ run_id: "r", run_name: "r", params, metrics }) as unknown as RunRow;
const all = plottablesOf(known, [row({ depth: "2", kind: "a", lr: "0.1", same: "1" })]);
const card = (kind: string, more: object = {}) => cardsOf([{ id: "//1", kind, ...more }])[0]!;

test("what nobody chose is what tells most", () => {
  expect(all.map((each) => [each.title, each.numeric])).toEqual([["depth", true], ["kind", false], ["lr", true], ["same", true], ["loss", true], ["score", true]]);
  expect(plotSides(card("scatter"), all, 10)).toEqual({ x: "params.lr", y: "metrics.loss", colour: "metrics.loss", axes: [] });
  expect(plotSides(card("box"), all, 10)).toMatchObject({ x: "params.kind", y: "metrics.loss" });
  expect(plotSides(card("contour"), all, 10)).toMatchObject({ x: "params.lr", y: "params.depth", colour: "metrics.loss" });
  expect(plotSides(card("parallel"), all, 10).axes).toEqual(["params.depth", "params.kind", "params.lr", "metrics.loss", "metrics.score"]);
  expect(plotSides(card("scatter", { colour: "run" }), all, 10).colour).toBeNull();
});

test("what the runs do not have is not kept to", () => {
  expect(plotSides(card("scatter", { x: "params.gone", y: "metrics.score" }), all, 10)).toMatchObject({ x: "params.lr", y: "metrics.score" });
  expect(plotSides(card("contour", { x: "params.kind" }), all, 10).x).toBe("params.lr");
  expect(plotSides(card("scatter"), [], 0)).toEqual({ x: null, y: null, colour: null, axes: [] });
});

test("only the columns that are drawn are fetched", () => {
  expect(neededColumns(card("lines", { metrics: ["loss"] }), all, 10)).toEqual([]);
  expect(neededColumns(card("bars"), all, 10)).toEqual(["metrics.loss"]);
  expect(neededColumns(card("box"), all, 2)).toEqual(["params.kind", "metrics.loss"]);
  expect(neededColumns(card("difference"), all, 10)).toEqual(["metrics.loss", "metrics.score", "params.depth", "params.kind", "params.lr"]);
});

test("a number colours along a scale, words each have a colour, and what is missing is grey", () => {
  const runs = [row({ kind: "a" }, { loss: 1 }), row({ kind: "b" }, { loss: 3 }), row({})];
  const scaled = colouring("metrics.loss", runs, [], false);
  expect(scaled.scale).toMatchObject({ title: "loss", low: "1", high: "3" });
  expect(scaled.colours[2]).toBe("#8a857c");
  expect(colouring("metrics.loss", runs, [], false, true).colours[0]).toBe(scaled.colours[1]);
  const words = colouring("params.kind", runs, [], false);
  expect(words.legend?.map((each) => each.name)).toEqual(["a", "b", "no value"]);
  expect(new Set(words.colours).size).toBe(3);
  expect(colouring("metrics.loss", [runs[0]!, runs[2]!], [], false)).toMatchObject({ legend: [{ name: "loss 1" }] });
  expect(colouring(null, runs, ["x", "y", "z"], false)).toEqual({ colours: ["x", "y", "z"] });
});
