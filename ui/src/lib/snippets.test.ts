import { expect, test } from "vitest";

import type { Field, ModelCard } from "./mlmodel";
import { nativeSnippet, predictSnippet, sparkSnippet, validateSnippet } from "./snippets";

const TOLD = { name: "flowmill" as const, trackingUri: "http://127.0.0.1:5000", modelUri: "models:/m-1" };
const CARD: ModelCard = {
  flavors: [
    { name: "python_function", version: "" },
    { name: "sklearn", version: "1.9" },
  ],
  inputs: null,
  outputs: null,
  params: null,
  examplePath: "input_example.json",
  sizeBytes: null,
  pythonVersion: null,
  created: null,
  modelId: null,
  runId: null,
  loggedWith: null,
};
const field = (name: string, type: string, shape: number[] | null = null): Field => ({ name, type, required: true, byDefault: null, shape });

test("a model with an example is validated on it", () => {
  expect(validateSnippet(TOLD, CARD)).toBe(
    [
      "import flowmill",
      "",
      'flowmill.set_tracking_uri("http://127.0.0.1:5000")',
      'model_uri = "models:/m-1"',
      "model = flowmill.pyfunc.load_model(model_uri)",
      "input_data = model.input_example",
      "",
      "# Builds the environment that the model asks for and predicts in it.",
      "flowmill.models.predict(",
      "    model_uri=model_uri,",
      "    input_data=input_data,",
      '    env_manager="uv",',
      ")",
    ].join("\n"),
  );
});

test("without an example the signature says what to put in", () => {
  const frame = predictSnippet(TOLD, { ...CARD, examplePath: null, inputs: [field("width", "double"), field("kind", "string")] });
  expect(frame).toContain("import pandas as pd");
  expect(frame).toContain('        "width": [0.0],');
  expect(frame).toContain('        "kind": ["text"],');
  const array = predictSnippet(TOLD, { ...CARD, examplePath: null, inputs: [field("", "float64", [-1, 4])] });
  expect(array).toContain('input_data = np.zeros((1, 4), dtype="float64")');
});

test("the library's own object is loaded through its flavor", () => {
  expect(nativeSnippet({ ...TOLD, name: "mlflow" }, CARD)).toContain('model = mlflow.sklearn.load_model("models:/m-1")');
  expect(nativeSnippet(TOLD, { ...CARD, flavors: [{ name: "python_function", version: "" }] })).toBeNull();
});

test("a name cannot break out of its text", () => {
  expect(predictSnippet({ ...TOLD, modelUri: 'models:/x"); import os#' }, CARD)).toContain('load_model("models:/x\\"); import os#")');
});

test("a model of columns predicts a table of Spark", () => {
  const inputs = [field("sepal length (cm)", "double"), field('"; evil()', "double")];
  const code = sparkSnippet(TOLD, { ...CARD, inputs }) ?? "";
  expect(code).toContain('flowmill.pyfunc.spark_udf(spark, "models:/m-1", env_manager="local")');
  expect(code).toContain('predict(struct("sepal length (cm)", "\\"; evil()"))');
  expect(sparkSnippet(TOLD, CARD)).toBeNull();
  expect(sparkSnippet(TOLD, { ...CARD, inputs: [field("", "float64", [-1, 4])] })).toBeNull();
  expect(sparkSnippet(TOLD, { ...CARD, flavors: [], inputs })).toBeNull();
});
