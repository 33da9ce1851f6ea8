import { send } from "../api/http";
import type { RunQuestion } from "../api/runs";
import type { RunRow, RunRows } from "../api/schema";
import { carried, cellText, type ColumnId, columnName, columnTitle } from "../lib/columns";
import { csv } from "../lib/csv";
import { saveFile } from "../lib/saveFile";

const PAGE = 1000;

/** Saves the shown columns of every run that matches, or of the ticked ones, as a CSV file. */
export async function saveRunsAsCsv(name: string, question: RunQuestion, columns: ColumnId[], selected: string[]): Promise<void> {
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
  const shown = ["attributes.run_name", "attributes.run_id", ...columns.filter((id) => id !== "attributes.run_id")];
  const header = shown.map(columnHeader);
  saveFile(`${fileSafe(name)} runs.csv`, csv([header, ...rows.map((row) => shown.map((id) => cellText(row, id)))]), "text/csv");
}

function columnHeader(id: ColumnId): string {
  const { group } = columnName(id);
  if (id === "attributes.run_name") return "Run";
  if (id === "attributes.duration") return "Duration (s)";
  return group === "attributes" ? columnTitle(id) : id;
}

function fileSafe(name: string): string {
  return name.replace(/[^\p{L}\p{N} ._-]+/gu, "-").slice(0, 80) || "flowmill";
}
