import type { MetricValue, RunColumn, RunColumns, RunRow } from "../api/schema";
import { quoteKey } from "./filter";
import { toNumber } from "./numbers";
import { isoTime } from "./time";

/** A column of a table of runs: "attributes.created", "metrics.val/loss", "params.lr", "tags.team". */
export type ColumnId = string;

/** "minimum" and "maximum" are of a metric's whole history; "metrics" are last values. */
export type ColumnGroup = "attributes" | "metrics" | "minimum" | "maximum" | "params" | "tags";

export interface ColumnName {
  group: ColumnGroup;
  key: string;
}

export const ATTRIBUTE_COLUMNS: { key: string; title: string; orderBy?: string; width: number }[] = [
  { key: "experiment", title: "Experiment", width: 170 },
  { key: "status", title: "Status", orderBy: "attributes.status", width: 104 },
  { key: "created", title: "Created", orderBy: "attributes.start_time", width: 110 },
  { key: "duration", title: "Duration", width: 92 },
  { key: "model", title: "Model", width: 190 },
  { key: "dataset", title: "Dataset", width: 150 },
  { key: "source", title: "Source", orderBy: "tags.`mlflow.source.name`", width: 150 },
  { key: "user", title: "User", orderBy: "attributes.user_id", width: 110 },
  { key: "run_id", title: "Run ID", orderBy: "attributes.run_id", width: 290 },
];

const MOST_METRICS = 8;
const MOST_PARAMS = 8;
const SHOWN_WHEN_ALIKE = 4;

export function columnName(id: ColumnId): ColumnName {
  const dot = id.indexOf(".");
  return { group: id.slice(0, dot) as ColumnGroup, key: id.slice(dot + 1) };
}

export function columnTitle(id: ColumnId): string {
  const { group, key } = columnName(id);
  if (group !== "attributes") return key;
  return ATTRIBUTE_COLUMNS.find((column) => column.key === key)?.title ?? key;
}

/** Whether the column holds numbers that were logged as a metric. */
export function isNumeric(id: ColumnId): boolean {
  return /^(metrics|minimum|maximum)\./.test(id);
}

/** What a column says of a metric beyond its last value; empty for all others. */
export function columnBadge(id: ColumnId): string {
  const { group } = columnName(id);
  return group === "minimum" ? "min" : group === "maximum" ? "max" : "";
}

/** A run's number in a column of numbers. */
export function numberOf(row: RunRow, id: ColumnId): MetricValue | undefined {
  const { group, key } = columnName(id);
  if (group === "minimum") return row.minimums?.[key];
  return group === "maximum" ? row.maximums?.[key] : row.metrics[key];
}

/** The `order_by` key of a column, or undefined where the server cannot order by it. */
export function orderKey(id: ColumnId): string | undefined {
  if (id === "attributes.run_name") return id;
  const { group, key } = columnName(id);
  if (group === "attributes") return ATTRIBUTE_COLUMNS.find((column) => column.key === key)?.orderBy;
  return quoteKey(group, key);
}

/**
 * The columns of a table that nobody arranged: when and how each run went, the metrics, the model, the parameters
 * that differ. Where no parameter differs the first few are shown, so that a single run is not a row without settings.
 */
export function defaultColumns(columns: RunColumns | undefined): ColumnId[] {
  const start = ["attributes.status", "attributes.created", "attributes.duration"];
  if (!columns) return start;
  const metrics = byUse(columns.metrics.filter((column) => !column.key.startsWith("system/"))).slice(0, MOST_METRICS);
  const total = Math.max(0, ...columns.params.map((column) => column.runs));
  const differing = columns.params.filter((column) => column.distinct > 1 || column.runs < total);
  const params = differing.length > 0 ? byUse(differing).slice(0, MOST_PARAMS) : byUse(columns.params).slice(0, SHOWN_WHEN_ALIKE);
  return [...start, ...metrics.map(({ key }) => `metrics.${key}`), "attributes.model", ...params.map(({ key }) => `params.${key}`)];
}

/** Those default columns that are not empty for these rows: few experiments log models, and the column is wide. */
export function withoutEmptyModel(columns: ColumnId[], rows: RunRow[]): ColumnId[] {
  const hasModel = rows.some((row) => row.versions.length > 0 || row.models.length > 0);
  return hasModel ? columns : columns.filter((id) => id !== "attributes.model");
}

/** Those that most runs have come first; a plain name goes before a prefixed one. */
function byUse(columns: RunColumn[]): RunColumn[] {
  return [...columns].sort(
    (a, b) => b.runs - a.runs || Number(a.key.includes("/")) - Number(b.key.includes("/")) || a.key.localeCompare(b.key),
  );
}

/** Tags that are for the machinery rather than for people. */
export function isOwnTag(key: string): boolean {
  return !key.startsWith("mlflow.") && !/^flowmill\.(end|traceback|exitCode|signal|rank|worldSize|job|files|resumedFromStep|defaultView|view\..+)$/s.test(key);
}

/** What each row must carry to fill these columns. */
export function carried(ids: ColumnId[]): string[] {
  const keys = ids.filter((id) => !id.startsWith("attributes."));
  if (ids.includes("attributes.source")) keys.push("tags.mlflow.source.name", "tags.mlflow.source.git.commit");
  return [...new Set(keys)].sort();
}

const TIMES = new Set(["attributes.created", "attributes.duration", "attributes.run_id"]);

/** The columns in which not all of these rows say the same. Times and ids always differ and tell nothing. */
export function differingColumns(columns: ColumnId[], rows: RunRow[]): ColumnId[] {
  if (rows.length < 2) return columns;
  return columns.filter((id) => {
    if (TIMES.has(id)) return true;
    const first = cellText(rows[0]!, id);
    return rows.some((row) => cellText(row, id) !== first);
  });
}

/** The list with one of its items moved to the place of another. */
export function moved(columns: ColumnId[], id: ColumnId, to: number): ColumnId[] {
  const from = columns.indexOf(id);
  if (from < 0 || to < 0 || to >= columns.length || from === to) return columns;
  const next = columns.filter((each) => each !== id);
  next.splice(to, 0, id);
  return next;
}

/** The value of a run in a column as text for a file: whole numbers, ISO times, seconds. */
export function cellText(row: RunRow, id: ColumnId): string {
  const { group, key } = columnName(id);
  switch (group) {
    case "metrics":
    case "minimum":
    case "maximum": {
      const value = numberOf(row, id);
      return value === undefined ? "" : String(value);
    }
    case "params":
      return row.params[key] ?? "";
    case "tags":
      return row.tags[key] ?? "";
    case "attributes":
      return attributeText(row, key);
  }
}

function attributeText(row: RunRow, key: string): string {
  switch (key) {
    case "run_name":
      return row.run_name;
    case "run_id":
      return row.run_id;
    case "experiment":
      return row.experiment_id;
    case "status":
      return row.status;
    case "created":
      return isoTime(toNumber(row.start_time));
    case "duration":
      return row.end_time === undefined ? "" : String((toNumber(row.end_time) - toNumber(row.start_time)) / 1000);
    case "user":
      return row.user_id;
    case "source":
      return row.tags["mlflow.source.name"] ?? "";
    case "dataset":
      return datasetText(row);
    case "model":
      return [...row.versions.map(({ name, version }) => `${name} v${version}`), ...row.models.map(({ name }) => name)].join(", ");
    default:
      return "";
  }
}

/** The data of a run, each with what tells it from others of its name. */
export function datasetText(row: RunRow): string {
  return row.datasets.map(({ name, digest }) => `${name} (${digest})`).join(", ");
}
