import { useMemo, useState } from "react";

import type { Points } from "../lib/points";
import { ChartCard } from "../charts/ChartCard";
import LargeChart from "../charts/LargeChart";
import { type ChartRun, MetricPicture } from "../charts/MetricPicture";
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
    <>
      <ChartCard metric={metric} height={HEIGHT} items={[{ label: "Enlarge", icon: "external", onSelect: () => setLarge(true) }]}>
        {picture(HEIGHT, false)}
      </ChartCard>
      {large && (
        <LargeChart title={metric} onClose={() => setLarge(false)}>
          {picture(Math.round(window.innerHeight * 0.62), true)}
        </LargeChart>
      )}
    </>
  );
}
