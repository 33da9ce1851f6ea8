/** A column of tables that stand side by side: shared by all of them, or one run's own. */
export interface JoinedColumn {
  name: string;
  /** Which table it is from; null if all have the same in it. */
  from: number | null;
}

export interface JoinedTable {
  columns: JoinedColumn[];
  /** A row for each row of the longest table. */
  rows: { cells: string[]; differs: boolean }[];
}

/**
 * Tables (header first) as one, row beside row. A column in which all agree is there once, in front; any other once for
 * each table that has it, next to one another.
 */
export function joinedTables(tables: string[][][]): JoinedTable {
  const headers = tables.map((table) => table[0] ?? []);
  const length = Math.max(0, ...tables.map((table) => table.length - 1));
  const names = [...new Set(headers.flat())];
  const cell = (table: number, name: string, row: number) => tables[table]![row + 1]?.[headers[table]!.indexOf(name)] ?? "";
  const all = tables.map((_, at) => at);
  const agree = (name: string, row: number) => all.every((at) => cell(at, name, row) === cell(0, name, row));
  const shared = names.filter((name) => headers.every((header) => header.includes(name)) && range(length).every((row) => agree(name, row)));
  const others = names.filter((name) => !shared.includes(name));
  const columns: JoinedColumn[] = [
    ...shared.map((name) => ({ name, from: null })),
    ...others.flatMap((name) => all.filter((at) => headers[at]!.includes(name)).map((from) => ({ name, from }))),
  ];
  return {
    columns,
    rows: range(length).map((row) => ({
      cells: columns.map(({ name, from }) => cell(from ?? 0, name, row)),
      differs: others.some((name) => !agree(name, row)),
    })),
  };
}

function range(length: number): number[] {
  return Array.from({ length }, (_, at) => at);
}
