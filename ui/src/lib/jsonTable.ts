/** The rows, header first, of a table that was logged as JSON ({"columns": […], "data": [[…], …]}), or null. */
export function tableInJson(value: unknown): string[][] | null {
  if (typeof value !== "object" || value === null || !("columns" in value) || !("data" in value)) return null;
  const { columns, data } = value;
  if (!Array.isArray(columns) || !Array.isArray(data) || columns.length === 0) return null;
  if (!data.every((row) => Array.isArray(row) && row.length === columns.length)) return null;
  return [columns.map(String), ...(data as unknown[][]).map((row) => row.map(cellText))];
}

function cellText(value: unknown): string {
  if (value === null || value === undefined) return "";
  return typeof value === "object" ? JSON.stringify(value) : String(value);
}
