import { useMemo } from "react";

import type { Points } from "../lib/points";
import { ChartCard } from "../charts/ChartCard";
import { toRead, withComputed } from "../charts/computed";
import { type ChartRun, MetricPicture } from "../charts/MetricPicture";
import { pointRows } from "../charts/pointRows";
import type { ChartSearch } from "../lib/viewState";

interface ReportChartProps {
  metric: string;
  runs: ChartRun[];
  series: Map<string, Points[]>;
  search: ChartSearch;
}

const HEIGHT = 210;

/** A metric's picture from what the report holds. */
export function ReportChart({ metric, runs, series, search }: ReportChartProps) {
  const along = search.axis?.startsWith("metrics.") ? search.axis.slice("metrics.".length) : null;
  const metrics = useMemo(() => [metric], [metric]);
  const { shown, problem } = useMemo(() => {
    const ids = new Set(runs.map((run) => run.id));
    const { read, readAlong, problem } = toRead(metrics, along);
    const logged = [...read, ...readAlong].flatMap((key) => (series.get(key) ?? []).filter((points) => ids.has(points.runId)));
    return { shown: along === null || problem !== undefined ? logged : withComputed(logged, [along]), problem };
  }, [metrics, along, runs, series]);
  return (
    <ChartCard id={metric} title={metric} height={HEIGHT} rows={() => pointRows(metrics, runs, shown)}>
      {(height, isLarge) =>
        problem === undefined ? (
          <MetricPicture title={metric} metrics={metrics} runs={runs} series={shown} search={search} height={height} isLarge={isLarge} />
        ) : (
          <p className="chart-problem" role="alert">
            {problem}
          </p>
        )
      }
    </ChartCard>
  );
}
