import type { Field, ModelCard } from "./mlmodel";

/** The name under which the reader's code imports the package. */
export type ImportName = "flowmill" | "mlflow";

/** Flavors whose module has a `load_model` that gives back the library's own object. */
const NATIVE = new Set([
  "sklearn", "xgboost", "lightgbm", "catboost", "pytorch", "tensorflow", "keras", "onnx", "statsmodels", "spacy",
  "prophet", "pmdarima", "transformers", "sentence_transformers", "langchain", "h2o", "paddle", "spark", "diviner",
]);

interface Told {
  name: ImportName;
  trackingUri: string;
  modelUri: string;
}

function pythonText(text: string): string {
  return JSON.stringify(text);
}

/** Runs the model on its own example in a fresh environment made from its requirements. */
export function validateSnippet({ name, trackingUri, modelUri }: Told, card: ModelCard): string {
  return [
    `import ${name}`,
    ...imports(card),
    "",
    `${name}.set_tracking_uri(${pythonText(trackingUri)})`,
    `model_uri = ${pythonText(modelUri)}`,
    ...data(name, card, "model_uri"),
    "",
    "# Builds the environment that the model asks for and predicts in it.",
    `${name}.models.predict(`,
    "    model_uri=model_uri,",
    "    input_data=input_data,",
    '    env_manager="uv",',
    ")",
  ].join("\n");
}

/** Loads the model as a function and predicts here. */
export function predictSnippet({ name, trackingUri, modelUri }: Told, card: ModelCard): string {
  return [
    `import ${name}`,
    ...imports(card),
    "",
    `${name}.set_tracking_uri(${pythonText(trackingUri)})`,
    `model = ${name}.pyfunc.load_model(${pythonText(modelUri)})`,
    ...data(name, card, null),
    "",
    "predictions = model.predict(input_data)",
    "print(predictions)",
  ].join("\n");
}

/** Predicts the rows of a table of Spark, or null for models that take no columns. */
export function sparkSnippet({ name, trackingUri, modelUri }: Told, card: ModelCard): string | null {
  if (!card.flavors.some((each) => each.name === "python_function")) return null;
  const named = (card.inputs ?? []).map((field) => field.name).filter((field) => field !== "");
  if (named.length === 0 || named.length < (card.inputs ?? []).length) return null;
  return [
    `import ${name}`,
    "from pyspark.sql import SparkSession",
    "from pyspark.sql.functions import struct",
    "",
    `${name}.set_tracking_uri(${pythonText(trackingUri)})`,
    "spark = SparkSession.builder.getOrCreate()",
    `predict = ${name}.pyfunc.spark_udf(spark, ${pythonText(modelUri)}, env_manager="local")`,
    "",
    "# df is your table; these are the columns that the model takes.",
    `df = df.withColumn("prediction", predict(struct(${named.map(pythonText).join(", ")})))`,
  ].join("\n");
}

/** Loads the library's own object, or null when no flavor has one. */
export function nativeSnippet({ name, trackingUri, modelUri }: Told, card: ModelCard): string | null {
  const flavor = card.flavors.find((each) => NATIVE.has(each.name))?.name;
  if (!flavor) return null;
  return [
    `import ${name}`,
    "",
    `${name}.set_tracking_uri(${pythonText(trackingUri)})`,
    `model = ${name}.${flavor}.load_model(${pythonText(modelUri)})`,
    "print(model)",
  ].join("\n");
}

function kind(card: ModelCard): "example" | "frame" | "array" | "arrays" | "nothing" {
  if (card.examplePath) return "example";
  if (!card.inputs || card.inputs.length === 0) return "nothing";
  if (card.inputs.every((field) => field.shape && !field.name)) return "array";
  return card.inputs.every((field) => field.shape) ? "arrays" : "frame";
}

function imports(card: ModelCard): string[] {
  switch (kind(card)) {
    case "frame":
      return ["import pandas as pd"];
    case "array":
    case "arrays":
      return ["import numpy as np"];
    default:
      return [];
  }
}

/** The lines that make `input_data`: the model's example, or something of the right shape to be replaced. */
function data(name: ImportName, card: ModelCard, uri: string | null): string[] {
  const inputs = card.inputs ?? [];
  switch (kind(card)) {
    case "example":
      return uri === null
        ? ["input_data = model.input_example"]
        : [`model = ${name}.pyfunc.load_model(${uri})`, "input_data = model.input_example"];
    case "array":
      return ["# The model was logged without an example: put your data here.", `input_data = ${zeros(inputs[0]!)}`];
    case "arrays":
      return [
        "# The model was logged without an example: put your data here.",
        "input_data = {",
        ...inputs.map((field) => `    ${pythonText(field.name)}: ${zeros(field)},`),
        "}",
      ];
    case "frame":
      return [
        "# The model was logged without an example: put your data here.",
        "input_data = pd.DataFrame(",
        ...(inputs.every((field) => field.name)
          ? ["    {", ...inputs.map((field) => `        ${pythonText(field.name)}: [${sample(field.type)}],`), "    }"]
          : [`    [[${inputs.map((field) => sample(field.type)).join(", ")}]]`]),
        ")",
      ];
    case "nothing":
      return ["# The model was logged without a signature or an example: put your data here.", "input_data = [[0.0]]"];
  }
}

function zeros(field: Field): string {
  const shape = (field.shape ?? []).map((size) => (size < 0 ? 1 : size));
  const type = /^(float|int|uint)\d+$|^bool$/.test(field.type) ? field.type : "float64";
  const trailing = shape.length === 1 ? "," : "";
  return `np.zeros((${shape.join(", ")}${trailing}), dtype=${pythonText(type)})`;
}

function sample(type: string): string {
  switch (type) {
    case "double":
    case "float":
      return "0.0";
    case "long":
    case "integer":
      return "0";
    case "boolean":
      return "True";
    case "binary":
      return 'b""';
    case "datetime":
      return 'pd.Timestamp("2026-01-01")';
    default:
      return type.startsWith("array") ? "[]" : type.startsWith("object") || type.startsWith("map") ? "{}" : '"text"';
  }
}
