import type { LoggedModel, MetricValue, RunColumns } from "../api/schema";
import { type ColumnId, columnName } from "./columns";
import { plainFirst } from "./differences";
import { toNumber } from "./numbers";
import { registrationsOf } from "./runModels";

/** What a table of logged models can show beside what was measured; `orderBy` is the server's name for it. */
export const MODEL_ATTRIBUTES: { key: string; title: string; orderBy?: string }[] = [
  { key: "status", title: "Status" },
  { key: "run", title: "Source run" },
  { key: "registered", title: "Registered as" },
  { key: "dataset", title: "Dataset" },
  { key: "type", title: "Type" },
  { key: "id", title: "Model ID" },
  { key: "created", title: "Created", orderBy: "creation_timestamp" },
];

/** The name by which the server orders models, or undefined where it cannot. */
export function modelOrder(id: ColumnId): string | undefined {
  const { group, key } = columnName(id);
  if (group === "metrics") return id;
  return group === "attributes" ? MODEL_ATTRIBUTES.find((attribute) => attribute.key === key)?.orderBy : undefined;
}

/** The metrics that were measured of models; those of the machine that did so say nothing about a model. */
export function metricKeys(models: LoggedModel[]): string[] {
  const keys = models.flatMap((model) => (model.data?.metrics ?? []).map((metric) => metric.key));
  return [...new Set(keys)].filter((key) => !key.startsWith("system/")).sort(plainFirst);
}

/** The last value of a metric that was measured of a model. */
export function lastOf(model: LoggedModel, key: string): MetricValue | undefined {
  const found = (model.data?.metrics ?? []).filter((metric) => metric.key === key);
  return found.sort((a, b) => toNumber(b.step) - toNumber(a.step) || toNumber(b.timestamp) - toNumber(a.timestamp))[0]?.value;
}

/** Which columns these models fill: of each, how many of them have it and how many different values. */
export function modelColumns(models: LoggedModel[]): RunColumns {
  const columns = (group: string, keys: string[]) =>
    [...new Set(keys)].sort(plainFirst).map((key) => {
      const texts = models.flatMap((model) => modelText(model, `${group}.${key}`) ?? []);
      return { key, runs: texts.length, distinct: new Set(texts).size };
    });
  return {
    metrics: columns("metrics", metricKeys(models)),
    params: columns("params", models.flatMap((model) => (model.data?.params ?? []).map((param) => param.key))),
    tags: columns("tags", models.flatMap((model) => (model.info.tags ?? []).map((tag) => tag.key))),
  };
}

/** More metrics than these are chosen. */
const MOST_METRICS = 6;

/** What stands in a table that nobody arranged. */
export function defaultModelColumns(models: LoggedModel[]): ColumnId[] {
  const start = ["attributes.status", "attributes.run", "attributes.registered", "attributes.dataset"];
  return [...start, ...metricKeys(models).slice(0, MOST_METRICS).map((key) => `metrics.${key}`), "attributes.created"];
}

/** What a model says in a column, as text; undefined where it says nothing. */
export function modelText(model: LoggedModel, id: ColumnId): string | undefined {
  const { group, key } = columnName(id);
  if (group === "params") return model.data?.params?.find((param) => param.key === key)?.value;
  if (group === "tags") return model.info.tags?.find((tag) => tag.key === key)?.value;
  if (group === "metrics") {
    const value = lastOf(model, key);
    return value === undefined ? undefined : String(value);
  }
  const text = attributeText(model, key);
  return text === "" ? undefined : text;
}

function attributeText(model: LoggedModel, key: string): string {
  const { info } = model;
  switch (key) {
    case "status":
      return info.status;
    case "run":
      return info.source_run_id;
    case "registered":
      return registrationsOf(model).map(({ name, version }) => `${name} v${version}`).join(", ");
    case "dataset":
      return [...new Set((model.data?.metrics ?? []).flatMap((metric) => metric.dataset_name ?? []))].join(", ");
    case "type":
      return info.model_type;
    case "id":
      return info.model_id;
    case "created":
      return info.creation_timestamp_ms > 0 ? new Date(info.creation_timestamp_ms).toISOString() : "";
    default:
      return "";
  }
}

/** A table of the models for a file: whole numbers, ISO times. */
export function modelRows(models: LoggedModel[], columns: ColumnId[]): string[][] {
  const head = ["model", "attributes.id", ...columns.filter((id) => id !== "attributes.id")];
  return [head, ...models.map((model) => [model.info.name, ...head.slice(1).map((id) => modelText(model, id) ?? "")])];
}

export interface ModelGroup {
  /** undefined: those that say nothing there. */
  value: string | undefined;
  models: LoggedModel[];
}

/** The models that say the same in a column, in the order in which each group first appears. */
export function groupedModels(models: LoggedModel[], by: ColumnId): ModelGroup[] {
  const groups = new Map<string | undefined, LoggedModel[]>();
  for (const model of models) {
    const value = modelText(model, by);
    groups.set(value, [...(groups.get(value) ?? []), model]);
  }
  return [...groups].map(([value, members]) => ({ value, models: members }));
}

/** The mean of the finite last values of a metric and how far apart they are, or null where there is none. */
export function spreadOf(models: LoggedModel[], key: string): { mean: number; deviation?: number } | null {
  const values = models.map((model) => toNumber(lastOf(model, key))).filter(Number.isFinite);
  if (values.length === 0) return null;
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  if (values.length === 1) return { mean };
  return { mean, deviation: Math.sqrt(values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / (values.length - 1)) };
}
