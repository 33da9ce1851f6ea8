import { expect, test } from "vitest";

import { neededMetrics, parseExpression } from "./expression";

const of = (key: string) => ({ loss: 2, "val/loss": 5, "a.b": 3 })[key] ?? Number.NaN;

test.each([
  ["metrics.loss - metrics.`val/loss`", -3],
  ["loss + 2 * a.b", 8],
  ["(loss + 2) * a.b", 12],
  ["-loss ^ 2", -4],
  ["2 ^ loss ^ 2", 16],
  ["1e1 / loss / .5", 10],
  ["10 - loss - a.b", 5],
  ["log(exp(loss)) + max(loss, a.b, 1) - abs(-1)", 4],
])("%s", (text, value) => {
  expect(parseExpression(text).value(of)).toBeCloseTo(value);
});

test("the metrics that are needed are named once", () => {
  expect(parseExpression("loss - `val/loss` + metrics.loss").keys).toEqual(["loss", "val/loss"]);
  expect(neededMetrics(["loss", "=loss / acc", "f1"])).toEqual(["loss", "acc", "f1"]);
});

test.each([
  ["loss +", "“loss +” cannot be computed at “its end”: a number or a metric must stand here"],
  ["loss acc", "cannot be computed at “acc”: an operator must stand here"],
  ["(loss", "a “)” is missing"],
  ["sin(loss)", "there is no sin(); there are abs, sqrt"],
  ["valueOf(loss)", "there is no valueOf()"],
  ["loss & 1", "cannot be computed at “& 1”"],
  ["1 + 2", "names no metric"],
  ["", "a number or a metric must stand here"],
])("what is wrong with %s is said", (text, what) => {
  expect(() => parseExpression(text)).toThrow(what);
});
