/** What a model's MLmodel file says, as far as the page shows it. */
export interface ModelCard {
  flavors: { name: string; version: string }[];
  inputs: Field[] | null;
  outputs: Field[] | null;
  params: Field[] | null;
  /** Path of the input example inside the model's folder. */
  examplePath: string | null;
  sizeBytes: number | null;
  pythonVersion: string | null;
  created: string | null;
  modelId: string | null;
  runId: string | null;
  loggedWith: string | null;
}

export interface Field {
  name: string;
  type: string;
  required: boolean;
  /** The value of a parameter that is not given. */
  byDefault: string | null;
  /** The dimensions of a tensor, -1 for any length. */
  shape: number[] | null;
}

type Plain = Record<string, unknown>;

function isPlain(value: unknown): value is Plain {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function text(value: unknown): string | null {
  return typeof value === "string" || typeof value === "number" ? String(value) : null;
}

/** Reads the parsed YAML of an MLmodel file. Raises an Error that says what is wrong with it. */
export function modelCard(document: unknown): ModelCard {
  if (!isPlain(document)) throw new Error("The MLmodel file holds no mapping, so it does not describe a model.");
  const flavors = isPlain(document["flavors"]) ? document["flavors"] : {};
  const python = isPlain(flavors["python_function"]) ? flavors["python_function"] : {};
  const signature = isPlain(document["signature"]) ? document["signature"] : {};
  const example = isPlain(document["saved_input_example_info"]) ? document["saved_input_example_info"] : {};
  const size = document["model_size_bytes"];
  return {
    flavors: Object.entries(flavors).map(([name, settings]) => ({ name, version: flavorVersion(name, settings) })),
    inputs: fields(signature["inputs"]),
    outputs: fields(signature["outputs"]),
    params: fields(signature["params"]),
    examplePath: text(example["artifact_path"]),
    sizeBytes: typeof size === "number" ? size : null,
    pythonVersion: text(python["python_version"]),
    created: text(document["utc_time_created"]),
    modelId: text(document["model_id"]),
    runId: text(document["run_id"]),
    loggedWith: text(document["mlflow_version"]),
  };
}

function flavorVersion(name: string, settings: unknown): string {
  if (!isPlain(settings)) return "";
  const key = [`${name}_version`, ...Object.keys(settings).filter((each) => each.endsWith("_version"))].find((each) => each in settings);
  return key && name !== "python_function" ? (text(settings[key]) ?? "") : "";
}

/** A side of the signature; it is JSON inside the YAML. */
function fields(side: unknown): Field[] | null {
  if (typeof side !== "string" || side === "") return null;
  let specs: unknown;
  try {
    specs = JSON.parse(side);
  } catch {
    throw new Error("The signature in the MLmodel file is not valid JSON.");
  }
  if (!Array.isArray(specs)) return null;
  return specs.filter(isPlain).map((spec) => field(spec));
}

function field(spec: Plain): Field {
  const tensor = isPlain(spec["tensor-spec"]) ? spec["tensor-spec"] : null;
  const shapeOf = tensor ? tensor["shape"] : spec["shape"];
  const shape = Array.isArray(shapeOf) ? shapeOf.map(Number) : null;
  const byDefault = "default" in spec ? JSON.stringify(spec["default"]) : null;
  return {
    name: text(spec["name"]) ?? "",
    type: tensor ? (text(tensor["dtype"]) ?? "tensor") : typeName(spec),
    required: spec["required"] !== false && spec["optional"] !== true,
    byDefault,
    shape,
  };
}

/** "double", "array of string", "object {a: long, b: string}", "map of double". */
export function typeName(spec: unknown): string {
  if (typeof spec === "string") return spec;
  if (!isPlain(spec)) return "any";
  switch (spec["type"] ?? spec["dtype"]) {
    case "array":
      return `array of ${typeName(spec["items"])}`;
    case "map":
      return `map of ${typeName(spec["values"])}`;
    case "object": {
      const properties = isPlain(spec["properties"]) ? spec["properties"] : {};
      const inside = Object.entries(properties).map(([name, type]) => `${name}: ${typeName(type)}`);
      return `object {${inside.join(", ")}}`;
    }
    default:
      return text(spec["type"]) ?? text(spec["dtype"]) ?? "any";
  }
}
