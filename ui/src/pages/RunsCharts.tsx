import { useNavigate } from "@tanstack/react-router";
import { useMemo } from "react";

import type { RunColumns, RunRow } from "../api/schema";
import { MetricChart } from "../charts/MetricChart";
import { MetricCharts } from "../charts/MetricCharts";
import type { ChartRun } from "../charts/MetricPicture";
import { Empty, Skeleton } from "../components/States";
import { counted } from "../lib/numbers";
import { runColours } from "../lib/palette";
import { useDark } from "../lib/theme";
import type { ChartSearch } from "../lib/viewState";

/** More curves than this in one chart cannot be told apart. */
const MOST_RUNS = 20;
const MOST_TICKED = 100;

interface RunsChartsProps {
  rows: RunRow[];
  selected: string[];
  columns: RunColumns | undefined;
  search: ChartSearch;
  isPending: boolean;
}

/** The metrics of the ticked runs, or of the first ones of the table when none is ticked. */
export default function RunsCharts({ rows, selected, columns, search, isPending }: RunsChartsProps) {
  const navigate = useNavigate();
  const dark = useDark();
  const chosen = useMemo(() => {
    const ticked = rows.filter((row) => selected.includes(row.run_id)).slice(0, MOST_TICKED);
    return ticked.length > 0 ? ticked : rows.slice(0, MOST_RUNS);
  }, [rows, selected]);
  const runs = useMemo<ChartRun[]>(() => {
    const colours = runColours(chosen.map((row) => row.run_id), dark);
    return chosen.map((row) => ({
      id: row.run_id,
      name: row.run_name || row.run_id,
      colour: colours.get(row.run_id) ?? "",
      live: row.status === "RUNNING",
    }));
  }, [chosen, dark]);
  const keys = useMemo(() => (columns?.metrics ?? []).map((column) => column.key), [columns]);
  if (isPending) return <Skeleton lines={5} />;
  if (rows.length === 0 || keys.length === 0) return <Empty icon="chart" title={rows.length === 0 ? "No run to draw" : "No metric was logged yet"} />;
  return (
    <div className="experiment-charts">
      {selected.length === 0 && rows.length > MOST_RUNS && (
        <p className="quiet">The first {counted(MOST_RUNS, "run")} of the table are drawn. Tick runs there to choose others.</p>
      )}
      <MetricCharts
        chart={(metric) => <MetricChart metric={metric} runs={runs} search={search} />}
        keys={keys}
        search={search}
        onSearch={(change) => void navigate({ to: ".", search: (old: object) => ({ ...old, ...change }), replace: true })}
      />
    </div>
  );
}
