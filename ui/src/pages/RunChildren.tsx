import { useInfiniteQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";

import { childRuns } from "../api/runs";
import type { Run, RunRow } from "../api/schema";
import { KeyText } from "../components/KeyText";
import { ScrollTable } from "../components/ScrollTable";
import { ShowMore } from "../components/ShowMore";
import { Failure } from "../components/States";
import { DurationText, NumberText, RunStatusText, TimeText } from "../components/Values";
import { plainFirst } from "../lib/differences";
import { quoteKey, quoteText } from "../lib/filter";
import { counted } from "../lib/numbers";

/** So many metrics of the children stand beside their names. */
const MOST_METRICS = 4;

/** The runs below a run, with the metrics that most of them have; nothing if there are none. */
export function RunChildren({ run, every }: { run: Run; every: number | false }) {
  const { run_id: id, experiment_id: experimentId } = run.info;
  const list = useInfiniteQuery(childRuns(id, experimentId, every));
  const rows = list.data?.pages.flatMap((page) => page.rows) ?? [];
  const total = list.data?.pages[0]?.total ?? 0;
  if (list.error && rows.length === 0) return <Failure error={list.error} what="read the child runs" onRetry={() => void list.refetch()} />;
  if (rows.length === 0) return null;
  const keys = commonMetrics(rows);
  return (
    <section className="section" aria-label="Child runs">
      <div className="section-head">
        <h2>Child runs</h2>
        <span className="quiet">{total}</span>
        <div className="section-end">
          <Link
            to="/experiments/$experimentId"
            params={{ experimentId }}
            search={{ searchFilter: `${quoteKey("tags", "mlflow.parentRunId")} = ${quoteText(id)}` }}
            className="link-quiet"
          >
            {counted(total, "run")} as a table
          </Link>
        </div>
      </div>
      <ScrollTable label="Table of child runs" className="run-table">
        <thead>
          <tr>
            <th scope="col">Run</th>
            <th scope="col">Status</th>
            <th scope="col">Created</th>
            <th scope="col">Duration</th>
            {keys.map((key) => (
              <th key={key} scope="col" className="cell-number">
                <KeyText text={key} />
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {rows.map((row) => (
            <tr key={row.run_id}>
              <th scope="row" className="cell-key">
                <Link to="/experiments/$experimentId/runs/$runId" params={{ experimentId: row.experiment_id, runId: row.run_id }}>
                  {row.run_name || row.run_id}
                </Link>
              </th>
              <td className="cell-tight">
                <RunStatusText status={row.status} lost={row.lost} />
              </td>
              <td className="cell-tight">
                <TimeText value={row.start_time} />
              </td>
              <td className="cell-tight">
                <DurationText start={row.start_time} end={row.end_time} />
              </td>
              {keys.map((key) => (
                <td key={key} className="cell-number">
                  {row.metrics[key] === undefined ? <span className="quiet">–</span> : <NumberText value={row.metrics[key]} />}
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </ScrollTable>
      <ShowMore list={list} />
    </section>
  );
}

function commonMetrics(rows: RunRow[]): string[] {
  const counts = new Map<string, number>();
  for (const row of rows) for (const key of Object.keys(row.metrics)) if (!key.startsWith("system/")) counts.set(key, (counts.get(key) ?? 0) + 1);
  return [...counts]
    .sort(([a, many], [b, more]) => more - many || plainFirst(a, b))
    .slice(0, MOST_METRICS)
    .map(([key]) => key);
}
