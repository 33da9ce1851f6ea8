import "../components/Table.css";

import { useMemo, useState } from "react";

import { Button } from "../components/Button";
import { Icon } from "../components/Icon";
import { parseDelimited } from "../lib/csv";
import { counted, numberIn } from "../lib/numbers";
import { compareCells } from "../lib/tableOrder";

/** `isPart`: it is some part of a table, not its beginning. */
type TablePreviewProps = { whole: boolean; isPart?: boolean } & ({ text: string; delimiter: string; rows?: never } | { rows: string[][]; text?: never; delimiter?: never });

/** So many rows are drawn at first, as a thousand keep a browser busy for half a second. */
const ROWS_DRAWN = 200;
const MOST_ROWS = 100_000;
const MOST_COLUMNS = 200;

/** The rows of a table that were read; a click on a column sorts them. */
export default function TablePreview({ text, delimiter, rows: given, whole, isPart = false }: TablePreviewProps) {
  const [order, setOrder] = useState<{ column: number; down: boolean } | null>(null);
  const [drawn, setDrawn] = useState(ROWS_DRAWN);
  const all = useMemo(() => given ?? parseDelimited(text, delimiter, MOST_ROWS + 2), [given, text, delimiter]);
  const header = (all[0] ?? []).slice(0, MOST_COLUMNS);
  const body = useMemo(() => all.slice(1, MOST_ROWS + 1), [all]);
  const rows = useMemo(() => (order ? sorted(body, order.column, order.down) : body), [body, order]);
  const numeric = useMemo(() => header.map((_, column) => body.length > 0 && body.every((row) => !row[column] || numberIn(row[column]) !== null)), [header, body]);
  const isCut = !isPart && (all.length > MOST_ROWS + 1 || !whole);
  return (
    <>
      <p className="file-cut quiet">
        {isCut ? `The first ${counted(body.length, "row")}` : counted(body.length, "row")}
        {isPart && " in this part"}, {counted(all[0]?.length ?? 0, "column")}
        {(all[0]?.length ?? 0) > MOST_COLUMNS && ` (the first ${MOST_COLUMNS} are shown)`}
      </p>
      {/* A region that scrolls must be reachable without a mouse. */}
      {/* oxlint-disable-next-line jsx-a11y/no-noninteractive-tabindex */}
      <div className="file-table" tabIndex={0} role="region" aria-label="Table">
        <table className="table">
          <thead>
            <tr>
              {header.map((name, column) => (
                <th
                  // oxlint-disable-next-line react/no-array-index-key -- names of columns may repeat
                  key={column}
                  scope="col"
                  className={numeric[column] ? "cell-number" : undefined}
                  aria-sort={order?.column === column ? (order.down ? "descending" : "ascending") : undefined}
                >
                  <button
                    type="button"
                    className="sort-button"
                    onClick={() =>
                      setOrder(order?.column !== column ? { column, down: false } : order.down ? null : { column, down: true })
                    }
                  >
                    {name || "(no name)"}
                    {order?.column === column && <Icon name={order.down ? "down" : "up"} size={11} />}
                  </button>
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {rows.slice(0, drawn).map((row, at) => (
              // oxlint-disable-next-line react/no-array-index-key -- a row is its place
              <tr key={at}>
                {header.map((_, column) => (
                  // oxlint-disable-next-line react/no-array-index-key -- a cell is its place
                  <td key={column} className={numeric[column] ? "cell-number" : undefined}>
                    {row[column]}
                  </td>
                ))}
              </tr>
            ))}
          </tbody>
        </table>
        {rows.length > drawn && (
          <div className="table-foot">
            <Button onClick={() => setDrawn(drawn + 5 * ROWS_DRAWN)}>Show more of {counted(rows.length, "row")}</Button>
          </div>
        )}
      </div>
    </>
  );
}

function sorted(rows: string[][], column: number, down: boolean): string[][] {
  return [...rows].sort((a, b) => compareCells(a[column] ?? "", b[column] ?? "", down));
}
