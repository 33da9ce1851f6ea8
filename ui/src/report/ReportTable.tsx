import "../components/Table.css";

import { type ReactNode, useMemo, useState } from "react";

import type { RunRow } from "../api/schema";
import { Button } from "../components/Button";
import { SearchField, Switch } from "../components/Field";
import { Icon } from "../components/Icon";
import { DurationText, NumberText, ParamText, RunStatusText } from "../components/Values";
import { cellText, type ColumnId, columnName, columnTitle, differingColumns, isNumeric, isOwnTag, numberOf } from "../lib/columns";
import { plainFirst } from "../lib/differences";
import { counted, toNumber } from "../lib/numbers";
import type { ReportData } from "../lib/report";
import { compareCells } from "../lib/tableOrder";
import { absoluteTime, isoTime } from "../lib/time";

interface ReportTableProps {
  data: ReportData;
  colours: Map<string, string>;
  ticked: string[];
  onlyDifferences: boolean;
  onOnlyDifferences: (on: boolean) => void;
  onTick: (ids: string[]) => void;
  onOrder: (ids: string[]) => void;
  link: (run: RunRow, name: string) => ReactNode;
}

const SHOWN_FIRST = 200;
const NAME = "attributes.run_name";

/** A row for each run: a click on a column sorts, a tick draws the run's curves. */
export function ReportTable({ data, colours, ticked, onlyDifferences, onOnlyDifferences, onTick, onOrder, link }: ReportTableProps) {
  const [order, setOrder] = useState<{ column: ColumnId; down: boolean } | null>(null);
  const [text, setText] = useState("");
  const [all, setAll] = useState(false);
  const columns = useMemo(() => columnsOf(data), [data]);
  const shownColumns = useMemo(() => (onlyDifferences ? differingColumns(columns, data.rows) : columns), [columns, data.rows, onlyDifferences]);
  const rows = useMemo(() => {
    const wanted = text.toLowerCase();
    const found = wanted === "" ? data.rows : data.rows.filter((row) => [NAME, ...columns].some((id) => cellText(row, id).toLowerCase().includes(wanted)));
    return order ? [...found].sort((a, b) => compareCells(cellText(a, order.column), cellText(b, order.column), order.down)) : found;
  }, [data.rows, columns, text, order]);
  const sort = (column: ColumnId) => {
    const next = order?.column !== column ? { column, down: isNumeric(column) } : { column, down: !order.down };
    setOrder(next);
    const sorted = [...data.rows].sort((a, b) => compareCells(cellText(a, column), cellText(b, column), next.down));
    onOrder(sorted.map((row) => row.run_id));
  };
  const tick = (id: string) => onTick(ticked.includes(id) ? ticked.filter((each) => each !== id) : [...ticked, id]);
  const shown = all ? rows : rows.slice(0, SHOWN_FIRST);
  return (
    <section className="section" aria-label="Runs">
      <div className="section-head">
        <h2>Runs</h2>
        <span className="quiet">{rows.length === data.rows.length ? "" : `${rows.length} of ${data.rows.length}`}</span>
        <div className="section-end">
          <SearchField label="Search runs" value={text} onChange={setText} />
          <Switch label="Only differences" checked={onlyDifferences} onChange={onOnlyDifferences} />
          {ticked.length > 0 && <Button onClick={() => onTick([])}>Untick {ticked.length}</Button>}
        </div>
      </div>
      {/* A region that scrolls must be reachable without a mouse. */}
      {/* oxlint-disable-next-line jsx-a11y/no-noninteractive-tabindex */}
      <div className="table-wrap report-runs" tabIndex={0} role="region" aria-label="Table of runs">
        <table className="table table-rows">
          <thead>
            <tr>
              {[NAME, ...shownColumns].map((id) => (
                <th
                  key={id}
                  scope="col"
                  className={isNumeric(id) ? "cell-number" : undefined}
                  aria-sort={order?.column === id ? (order.down ? "descending" : "ascending") : undefined}
                >
                  <button type="button" className="sort-button" data-hint={id} onClick={() => sort(id)}>
                    {id === NAME ? "Run" : columnTitle(id)}
                    {order?.column === id && <Icon name={order.down ? "down" : "up"} size={11} />}
                  </button>
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {shown.map((row) => {
              const name = row.run_name || row.run_id;
              return (
                <tr key={row.run_id}>
                  <th scope="row" className="report-name">
                    <span>
                      <input type="checkbox" aria-label={`Draw ${name}`} checked={ticked.includes(row.run_id)} onChange={() => tick(row.run_id)} />
                      <i className="run-dot" style={{ background: colours.get(row.run_id) }} aria-hidden="true" />
                      {link(row, name)}
                    </span>
                  </th>
                  {shownColumns.map((id) => (
                    <td key={id} className={isNumeric(id) ? "cell-number" : undefined}>
                      <Cell row={row} id={id} experiments={data.experiments} />
                    </td>
                  ))}
                </tr>
              );
            })}
          </tbody>
        </table>
      </div>
      {shown.length < rows.length && (
        <div className="table-foot">
          <Button onClick={() => setAll(true)}>Show all {counted(rows.length, "run")}</Button>
        </div>
      )}
    </section>
  );
}

function columnsOf({ rows, experiments }: ReportData): ColumnId[] {
  const keys = (group: "metrics" | "params" | "tags") => [...new Set(rows.flatMap((row) => Object.keys(row[group])))].sort(plainFirst);
  return [
    ...(Object.keys(experiments).length > 1 ? ["attributes.experiment"] : []),
    "attributes.status",
    "attributes.created",
    "attributes.duration",
    ...keys("metrics").filter((key) => !key.startsWith("system/")).map((key) => `metrics.${key}`),
    ...keys("params").map((key) => `params.${key}`),
    ...keys("tags").filter(isOwnTag).map((key) => `tags.${key}`),
  ];
}

function Cell({ row, id, experiments }: { row: RunRow; id: ColumnId; experiments: Record<string, string> }) {
  const { group, key } = columnName(id);
  if (isNumeric(id)) {
    const value = numberOf(row, id);
    return value === undefined ? <span className="quiet">–</span> : <NumberText value={value} />;
  }
  if (group === "params" || group === "tags") {
    const value = row[group][key];
    return value === undefined ? <span className="quiet">–</span> : <span className="report-text"><ParamText value={value} /></span>;
  }
  switch (key) {
    case "experiment":
      return experiments[row.experiment_id] ?? row.experiment_id;
    case "status":
      return <RunStatusText status={row.status} lost={row.lost} />;
    case "duration":
      return row.end_time === undefined ? <span className="quiet">–</span> : <DurationText start={row.start_time} end={row.end_time} />;
    default:
      return <time dateTime={isoTime(toNumber(row.start_time))}>{absoluteTime(toNumber(row.start_time))}</time>;
  }
}
