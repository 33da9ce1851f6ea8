import type { RunGroup, RunRow } from "../api/schema";
import { quoteKey, quoteText, withClause } from "./filter";

/** What a branch of the table holds below its head, as far as it was fetched. */
export interface Branch {
  rows: RunRow[];
  /** How many there are in all. */
  total: number;
  error: Error | null;
  isPending: boolean;
}

/** A line of the table of runs: a run, a group of runs, or what stands in for those that are not here. */
export type TableLine =
  | { kind: "run"; id: string; row: RunRow; depth: number; open: boolean | null }
  | { kind: "group"; id: string; group: RunGroup; depth: number; open: boolean }
  | { kind: "waiting"; id: string; depth: number; count: number }
  | { kind: "more"; id: string; depth: number; count: number; branch: string }
  | { kind: "failed"; id: string; depth: number; error: Error; branch: string };

/** Deeper than people nest; a run that is its own ancestor ends here too. */
const MOST_DEPTH = 30;

const GROUP = "group:";

/** What a group is called in the address: its values. */
export function groupId(values: (string | null)[]): string {
  return GROUP + JSON.stringify(values);
}

/** The values of a group's id, or null when it is not one. */
export function groupValues(id: string): (string | null)[] | null {
  if (!id.startsWith(GROUP)) return null;
  try {
    const values: unknown = JSON.parse(id.slice(GROUP.length));
    return Array.isArray(values) && values.every((value) => value === null || typeof value === "string") ? (values as (string | null)[]) : null;
  } catch {
    return null;
  }
}

/** The filter that selects what lies below a run or, of what `filter` selects, in a group. */
export function branchFilter(id: string, filter: string, by: string[]): string {
  const values = groupValues(id);
  if (values === null) return `tags.\`mlflow.parentRunId\` = ${quoteText(id)}`;
  return by.reduce((text, column, at) => withClause(text, clauseOf(column, values[at] ?? null)), filter);
}

/** The filter's clause that a column has this value. */
export function clauseOf(column: string, value: string | null): string {
  const dot = column.indexOf(".");
  const field = quoteKey(column.slice(0, dot), column.slice(dot + 1));
  return value === null ? `${field} IS NULL` : `${field} = ${quoteText(value)}`;
}

function linesBelow(id: string, depth: number, open: Set<string>, branches: Map<string, Branch>, above: string[]): TableLine[] {
  const branch = branches.get(id);
  if (!branch || branch.isPending) return [{ kind: "waiting", id: `waiting ${id}`, depth, count: 1 }];
  if (branch.error) return [{ kind: "failed", id: `failed ${id}`, depth, error: branch.error, branch: id }];
  const lines = branch.rows.flatMap((row) => runLines(row, depth, open, branches, above));
  const missing = branch.total - branch.rows.length;
  return missing > 0 ? [...lines, { kind: "more", id: `more ${id}`, depth, count: missing, branch: id }] : lines;
}

function runLines(row: RunRow, depth: number, open: Set<string>, branches: Map<string, Branch>, above: string[]): TableLine[] {
  const id = row.run_id;
  const hasChildren = (row.children ?? 0) > 0 && depth < MOST_DEPTH && !above.includes(id);
  const isOpen = hasChildren && open.has(id);
  const line: TableLine = { kind: "run", id: above.length > 0 ? `${above.join(" ")} ${id}` : id, row, depth, open: hasChildren ? isOpen : null };
  return isOpen ? [line, ...linesBelow(id, depth + 1, open, branches, [...above, id])] : [line];
}

/** The lines of a table of runs, each followed by what was unfolded below it. */
export function runTree(roots: RunRow[], open: Set<string>, branches: Map<string, Branch>): TableLine[] {
  return roots.flatMap((row) => runLines(row, 0, open, branches, []));
}

/** The lines of a table of groups. */
export function groupTree(groups: RunGroup[], open: Set<string>, branches: Map<string, Branch>): TableLine[] {
  return groups.flatMap((group): TableLine[] => {
    const id = groupId(group.values);
    const isOpen = open.has(id);
    const line: TableLine = { kind: "group", id, group, depth: 0, open: isOpen };
    return isOpen ? [line, ...linesBelow(id, 1, open, branches, [id])] : [line];
  });
}
