import type { LoggedModel, MetricValue, ModelGroup, RunColumns } from "../api/schema";
import { type ColumnId, columnName } from "./columns";
import { plainFirst } from "./differences";
import { quoteText } from "./filter";
import { toNumber } from "./numbers";
import { registrationsOf } from "./runModels";
import { clauseOf } from "./runTree";
import { isoTime } from "./time";

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

/** The last value of a metric that was measured of a model, as the server sorts by it; of a group by dataset, on that one. */
export function lastOf(model: LoggedModel, key: string, dataset?: string | null): MetricValue | undefined {
  const found = (model.data?.metrics ?? []).filter((metric) => metric.key === key && (dataset === undefined || (metric.dataset_name ?? null) === dataset));
  return found.sort((a, b) => toNumber(b.timestamp) - toNumber(a.timestamp) || toNumber(b.step) - toNumber(a.step))[0]?.value;
}

/** What is known of the columns, those of the machine left out, plain names first. */
export function shownColumns(known: RunColumns | undefined): RunColumns {
  const sorted = (columns: RunColumns["params"]) => [...columns].sort((a, b) => plainFirst(a.key, b.key));
  return {
    metrics: sorted((known?.metrics ?? []).filter(({ key }) => !key.startsWith("system/"))),
    params: sorted(known?.params ?? []),
    tags: sorted(known?.tags ?? []),
  };
}

/** More metrics than these are chosen. */
const MOST_METRICS = 6;

/** What stands in a table that nobody arranged; of the metrics those that new models have, too. */
export function defaultModelColumns(known: RunColumns): ColumnId[] {
  const start = ["attributes.status", "attributes.run", "attributes.registered", "attributes.dataset"];
  return [...start, ...known.metrics.filter(({ runs }) => runs > 0).slice(0, MOST_METRICS).map(({ key }) => `metrics.${key}`), "attributes.created"];
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
      return info.creation_timestamp_ms > 0 ? isoTime(info.creation_timestamp_ms) : "";
    default:
      return "";
  }
}

/** A table of the models for a file: whole numbers, ISO times. */
export function modelRows(models: LoggedModel[], columns: ColumnId[]): string[][] {
  const head = ["model", "attributes.id", ...columns.filter((id) => id !== "attributes.id")];
  return [head, ...models.map((model) => [model.info.name, ...head.slice(1).map((id) => modelText(model, id) ?? "")])];
}

/** Attributes by which the server makes groups, and what it calls them. */
const GROUPED_ATTRIBUTES: Record<string, string> = {
  "attributes.run": "attributes.source_run_id",
  "attributes.dataset": "datasets.name",
  "attributes.status": "attributes.status",
  "attributes.type": "attributes.model_type",
};

/** What the server calls a column by which models are put into groups, or undefined where it makes none. */
export function groupedBy(by: ColumnId): string | undefined {
  return /^(params|tags)\../s.test(by) ? by : GROUPED_ATTRIBUTES[by];
}

/** The filter's clause that a model belongs to a group. */
export function groupClause(by: ColumnId, value: string | null): string {
  const name = groupedBy(by) ?? by;
  if (name !== by || name.startsWith("attributes.")) {
    const field = name.replace(/^attributes\./, "");
    if (value !== null) return `${field} = ${quoteText(value)}`;
    return name.startsWith("attributes.") ? `(${field} IS NULL OR ${field} = '')` : `${field} IS NULL`;
  }
  return clauseOf(by, value);
}

/** Groups by the means of the metric that models are sorted by, those without one last; else as they came. */
export function sortedModelGroups(groups: ModelGroup[], sort: string): ModelGroup[] {
  const key = /^-?metrics\.(.+)$/s.exec(sort)?.[1];
  if (key === undefined) return groups;
  const sign = sort.startsWith("-") ? -1 : 1;
  const mean = (group: ModelGroup) => toNumber(group.numbers[key]?.mean);
  const [known, unknown] = [groups.filter((group) => Number.isFinite(mean(group))), groups.filter((group) => !Number.isFinite(mean(group)))];
  return [...known.sort((a, b) => (mean(a) - mean(b)) * sign), ...unknown];
}
