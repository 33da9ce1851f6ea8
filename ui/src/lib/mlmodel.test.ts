import { expect, test } from "vitest";
import { parse } from "yaml";

import { modelCard, typeName } from "./mlmodel";

const TEXT = `
flavors:
  python_function:
    loader_module: mlflow.sklearn
    python_version: 3.11.7
  sklearn:
    pickled_model: model.skops
    sklearn_version: 1.9.1
model_size_bytes: 18637
saved_input_example_info:
  artifact_path: input_example.json
  type: ndarray
signature:
  inputs: '[{"type": "double", "name": "width", "required": true}, {"type": "string", "name": "kind", "required": false}]'
  outputs: '[{"type": "tensor", "tensor-spec": {"dtype": "int64", "shape": [-1]}}]'
  params: '[{"name": "temperature", "type": "float", "default": 0.5, "shape": null}]'
utc_time_created: '2026-11-23 12:28:32.026725'
`;

test("an MLmodel file is read into what the page shows", () => {
  const card = modelCard(parse(TEXT));
  expect(card.flavors).toEqual([
    { name: "python_function", version: "" },
    { name: "sklearn", version: "1.9.1" },
  ]);
  expect(card.inputs).toMatchObject([
    { name: "width", type: "double", required: true },
    { name: "kind", type: "string", required: false },
  ]);
  expect(card.outputs).toMatchObject([{ name: "", type: "int64", shape: [-1] }]);
  expect(card.params).toMatchObject([{ name: "temperature", byDefault: "0.5" }]);
  expect(card).toMatchObject({ examplePath: "input_example.json", sizeBytes: 18637, pythonVersion: "3.11.7" });
});

test("a model without a signature has none, and a broken file says what is wrong", () => {
  expect(modelCard({ flavors: {} }).inputs).toBeNull();
  expect(() => modelCard("text")).toThrow("no mapping");
  expect(() => modelCard({ signature: { inputs: "[{" } })).toThrow("not valid JSON");
});

test("a tag that would make a function makes a plain value", () => {
  const document = parse("flavors:\n  x: !!js/function 'function () { globalThis.hit = true }'\n", { schema: "core", logLevel: "error" });
  expect(typeof document.flavors.x).toBe("string");
  expect("hit" in globalThis).toBe(false);
});

test("nested types read like a sentence", () => {
  expect(typeName({ type: "array", items: { type: "object", properties: { a: { type: "long" }, b: { type: "array", items: "string" } } } })).toBe(
    "array of object {a: long, b: array of string}",
  );
});
