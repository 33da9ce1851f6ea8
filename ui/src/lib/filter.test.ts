import { expect, test } from "vitest";

import { experimentFilter, quoteKey, quoteText, withClause } from "./filter";
import { type FilterKeys, suggest } from "./suggestions";

const KEYS: FilterKeys = { metrics: ["accuracy", "val/loss"], params: ["solver"], tags: ["team name"] };

function labelsAt(text: string): string[] {
  return suggest(text, text.length, KEYS).options.map((option) => option.label);
}

/** The text after the first suggestion was taken. */
function taken(text: string): string {
  const { start, end, options } = suggest(text, text.length, KEYS);
  return text.slice(0, start) + (options[0]?.insert ?? "") + text.slice(end);
}

test("keys that are more than a word are put in backticks", () => {
  expect(quoteKey("metrics", "accuracy")).toBe("metrics.accuracy");
  expect(quoteKey("metrics", "val/loss")).toBe("metrics.`val/loss`");
  expect(quoteKey("tags", "odd`one")).toBe('tags."odd`one"');
});

test("texts are quoted so that nothing in them ends them", () => {
  expect(quoteText("it's")).toBe("'it''s'");
  expect(quoteText("back\\slash")).toBe("'back\\slash'");
});

test("an empty filter offers keys", () => {
  expect(labelsAt("")).toContain("metrics.accuracy");
  expect(labelsAt("")).toContain("attributes.status");
  expect(labelsAt("solv")).toEqual(["params.solver"]);
});

test("a suggestion completes what was typed", () => {
  expect(taken("metrics.val")).toBe("metrics.`val/loss` ");
  expect(taken("accur")).toBe("metrics.accuracy ");
  expect(taken("params.solver = 'lbfgs' AND metrics.ac")).toBe("params.solver = 'lbfgs' AND metrics.accuracy ");
});

test("a key is followed by the operators of its kind", () => {
  expect(labelsAt("metrics.accuracy ")).toEqual([">", ">=", "<", "<=", "=", "!="]);
  expect(labelsAt("params.solver ")).toEqual(["=", "!=", "LIKE", "ILIKE"]);
  expect(taken("params.solver ")).toBe("params.solver = '");
});

test("a status is chosen from those there are", () => {
  expect(labelsAt("attributes.status = 'FI")).toEqual(["FINISHED"]);
  expect(taken("attributes.status = 'FI")).toBe("attributes.status = 'FINISHED' ");
});

test("a whole condition is followed by AND, and AND in a text is text", () => {
  expect(taken("metrics.accuracy > 0.9 ")).toBe("metrics.accuracy > 0.9 AND ");
  expect(labelsAt("tags.`team name` = 'this AND that")).toEqual([]);
  expect(labelsAt("metrics.accuracy > 0.9 AND ")).toContain("params.solver");
});

test("a condition is added so that it binds as meant", () => {
  expect(withClause("", "params.a = '1'")).toBe("params.a = '1'");
  expect(withClause("metrics.x > 1", "params.a = '1'")).toBe("metrics.x > 1 AND params.a = '1'");
  expect(withClause("metrics.x > 1 OR metrics.y > 1", "params.a = '1'")).toBe("(metrics.x > 1 OR metrics.y > 1) AND params.a = '1'");
  expect(withClause("params.t = 'a OR b'", "params.a = '1'")).toBe("params.t = 'a OR b' AND params.a = '1'");
  expect(withClause("(a = '1' OR b = '2')", "params.a = '1'")).toBe("(a = '1' OR b = '2') AND params.a = '1'");
  expect(withClause("x = '1' AND params.a = '1'", "params.a = '1'")).toBe("x = '1' AND params.a = '1'");
});

test("known values are suggested and quoted", () => {
  const keys = { metrics: [], params: ["lr"], tags: [], values: () => ["0.1", "it's"] };
  const found = suggest("params.lr = 'it", 15, keys);
  expect(found.options.map((option) => option.insert)).toEqual(["'it''s' "]);
  expect("params.lr = 'it".slice(0, found.start)).toBe("params.lr = ");
});

test("experiments are searched by name or by a tag", () => {
  expect(experimentFilter(" churn ")).toBe("name ILIKE '%churn%'");
  expect(experimentFilter("team=o'neil")).toBe("tags.team ILIKE '%o''neil%'");
  expect(experimentFilter("cost center = 7")).toBe("tags.`cost center` ILIKE '%7%'");
  expect(experimentFilter("=odd")).toBe("name ILIKE '%=odd%'");
  expect(experimentFilter("")).toBe("");
});
