import { useMemo, useState } from "react";

import type { Points } from "../lib/points";
import LargeChart from "../charts/LargeChart";
import { type ChartRun, MetricPicture } from "../charts/MetricPicture";
import { IconButton } from "../components/Button";
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
  const [large, setLarge] = useState(false);
  const along = search.axis?.startsWith("metrics.") ? search.axis.slice("metrics.".length) : null;
  const shown = useMemo(() => {
    const ids = new Set(runs.map((run) => run.id));
    const keys = along === null || along === metric ? [metric] : [metric, along];
    return keys.flatMap((key) => (series.get(key) ?? []).filter((points) => ids.has(points.runId)));
  }, [metric, along, runs, series]);
  const picture = (height: number, isLarge: boolean) => (
    <MetricPicture metric={metric} runs={runs} series={shown} search={search} height={height} isLarge={isLarge} />
  );
  return (
    <figure className="card chart-card">
      <figcaption>
        <span className="chart-title" data-hint={metric}>
          {metric}
        </span>
        <IconButton icon="external" label={`Enlarge the chart of ${metric}`} onClick={() => setLarge(true)} />
      </figcaption>
      <div className="chart-space" style={{ minHeight: HEIGHT }}>
        {picture(HEIGHT, false)}
      </div>
      {large && (
        <LargeChart title={metric} onClose={() => setLarge(false)}>
          {picture(Math.round(window.innerHeight * 0.62), true)}
        </LargeChart>
      )}
    </figure>
  );
}
