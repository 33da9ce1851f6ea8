import { send } from "../api/http";
import type { RunQuestion } from "../api/runRows";
import type { RunRow, RunRows } from "../api/schema";
import { carried, cellText, type ColumnId, columnName, columnTitle, isNumeric, numberOf } from "../lib/columns";
import { csv } from "../lib/csv";
import { sortedGroups } from "../lib/groups";
import { toNumber } from "../lib/numbers";
import { fileSafe, saveBlob, saveFile } from "../lib/saveFile";
import { isMoment } from "../lib/time";

const PAGE = 1000;

/** Which runs, and what of them. */
export interface WantedRuns {
  name: string;
  question: RunQuestion;
  columns: ColumnId[];
  /** The ticked ones; every one that matches if none is. */
  selected: string[];
}

/** Saves the shown columns of runs as a CSV file. */
export async function saveRunsAsCsv(wanted: WantedRuns): Promise<void> {
  const rows = await rowsOf(wanted);
  const shown = shownColumns(wanted.columns);
  saveFile(`${fileSafe(wanted.name)} runs.csv`, csv([shown.map(columnHeader), ...rows.map((row) => shown.map((id) => cellText(row, id)))]), "text/csv");
}

/** Saves the shown columns of runs as a Parquet file: metrics as float64, times as timestamps, the rest as texts. */
export async function saveRunsAsParquet(wanted: WantedRuns): Promise<void> {
  const { parquetWriteBuffer } = await import("hyparquet-writer");
  const rows = await rowsOf(wanted);
  const buffer = parquetWriteBuffer({
    columnData: shownColumns(wanted.columns).map((id) => {
      if (isNumeric(id)) return { name: id, type: "DOUBLE" as const, nullable: true, data: rows.map((row) => valueOf(row, id)) };
      if (id === "attributes.created") {
        return { name: "start_time", type: "TIMESTAMP" as const, nullable: true, data: rows.map((row) => (isMoment(toNumber(row.start_time)) ? new Date(toNumber(row.start_time)) : null)) };
      }
      if (id === "attributes.duration") {
        return { name: "duration_s", type: "DOUBLE" as const, nullable: true, data: rows.map((row) => numberOrNull(cellText(row, id))) };
      }
      const name = columnName(id).group === "attributes" ? columnName(id).key : id;
      return { name, type: "STRING" as const, nullable: true, data: rows.map((row) => textOrNull(row, id)) };
    }),
  });
  saveBlob(`${fileSafe(wanted.name)} runs.parquet`, new Blob([buffer], { type: "application/vnd.apache.parquet" }));
}

/** Saves the groups as the table shows them: of numbers the mean, the deviation and the extremes, of texts what all have. */
export async function saveGroupsAsCsv({ name, question, columns }: WantedRuns, by: ColumnId[]): Promise<void> {
  const shown = columns.filter((id) => columnName(id).group !== "attributes" && !by.includes(id));
  const { groups } = await send("POST flowmill/1/runs/groups", {
    experiment_ids: question.experimentIds,
    filter: question.filter,
    run_view_type: question.view,
    by,
    columns: shown,
  });
  const [orderKey = "", direction] = splitOrder(question.orderBy);
  const sorted = sortedGroups(groups, by, orderKey ? { key: orderKey, ascending: direction === "ASC" } : null);
  const header = [...by.map(columnHeader), "runs", ...shown.flatMap((id) => (isNumeric(id) ? [`${id} mean`, `${id} deviation`, `${id} minimum`, `${id} maximum`, `${id} runs`] : [id]))];
  const rows = sorted.map((group) => [
    ...group.values.map((value) => value ?? ""),
    String(group.runs),
    ...shown.flatMap((id) => {
      if (!isNumeric(id)) return [group.texts[id]?.value ?? ""];
      const number = group.numbers[id];
      const told = [number?.mean, number?.deviation, number?.minimum, number?.maximum].map((value) => (value === undefined ? "" : String(value)));
      return [...told, String(number?.runs ?? 0)];
    }),
  ]);
  saveFile(`${fileSafe(name)} groups.csv`, csv([header, ...rows]), "text/csv");
}

function splitOrder(order: string): string[] {
  const at = order.lastIndexOf(" ");
  return at < 0 ? [] : [order.slice(0, at), order.slice(at + 1)];
}

function valueOf(row: RunRow, id: ColumnId): number | null {
  const value = numberOf(row, id);
  return value === undefined ? null : toNumber(value);
}

function numberOrNull(text: string): number | null {
  return text === "" ? null : Number(text);
}

/** What a run does not have is null; an empty text stays one. */
function textOrNull(row: RunRow, id: ColumnId): string | null {
  const { group, key } = columnName(id);
  if (group === "params" || group === "tags") return row[group][key] ?? null;
  return cellText(row, id);
}

async function rowsOf({ question, columns, selected }: WantedRuns): Promise<RunRow[]> {
  const rows: RunRow[] = [];
  let token = "";
  do {
    const page: RunRows = await send("POST flowmill/1/runs/rows", {
      experiment_ids: question.experimentIds,
      filter: selected.length > 0 ? "" : question.filter,
      order_by: question.orderBy ? [question.orderBy] : [],
      run_view_type: question.view,
      columns: carried(columns),
      ...(selected.length === 0 && question.runIds ? { run_ids: question.runIds } : {}),
      ...(selected.length > 0 ? { run_ids: selected } : {}),
      max_results: PAGE,
      page_token: token,
    });
    rows.push(...(page.rows ?? []));
    token = page.next_page_token ?? "";
  } while (token);
  return rows;
}

function shownColumns(columns: ColumnId[]): ColumnId[] {
  return ["attributes.run_name", "attributes.run_id", ...columns.filter((id) => id !== "attributes.run_id")];
}

function columnHeader(id: ColumnId): string {
  const { group } = columnName(id);
  if (id === "attributes.run_name") return "Run";
  if (id === "attributes.duration") return "Duration (s)";
  return group === "attributes" ? columnTitle(id) : id;
}
