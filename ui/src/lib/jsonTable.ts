/** The rows, header first, of a table that was logged as JSON ({"columns": […], "data": [[…], …]} or a list of records), or null. */
export function tableInJson(value: unknown): string[][] | null {
  if (Array.isArray(value)) return tableOfRecords(value);
  if (typeof value !== "object" || value === null || !("columns" in value) || !("data" in value)) return null;
  const { columns, data } = value;
  if (!Array.isArray(columns) || !Array.isArray(data) || columns.length === 0) return null;
  if (!data.every((row) => Array.isArray(row) && row.length === columns.length)) return null;
  return [columns.map(String), ...(data as unknown[][]).map((row) => row.map(cellText))];
}

/** The table of a text with a record a line, or null. What is cut off at the end is left out. */
export function tableOfLines(text: string, whole: boolean): string[][] | null {
  const lines = text.split("\n").filter((line) => line.trim() !== "");
  if (!whole && !isJson(lines.at(-1))) lines.pop();
  try {
    return tableOfRecords(lines.map((line): unknown => JSON.parse(line)));
  } catch {
    return null;
  }
}

function isJson(text = ""): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}

function tableOfRecords(records: unknown[]): string[][] | null {
  if (records.length === 0 || !records.every((each) => typeof each === "object" && each !== null && !Array.isArray(each))) return null;
  const columns = [...new Set((records as Record<string, unknown>[]).flatMap((each) => Object.keys(each)))];
  if (columns.length === 0) return null;
  return [columns, ...(records as Record<string, unknown>[]).map((each) => columns.map((column) => cellText(each[column])))];
}

function cellText(value: unknown): string {
  if (value === null || value === undefined) return "";
  return typeof value === "object" ? JSON.stringify(value) : String(value);
}
