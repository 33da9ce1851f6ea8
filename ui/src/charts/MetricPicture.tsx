import { lazy, Suspense, useMemo } from "react";

import type { Points } from "../lib/points";
import { shortNumber, wholeNumber } from "../lib/numbers";
import type { ChartSearch } from "../lib/viewState";
import { BarChart } from "./BarChart";
import { joinedAt } from "./lines";

const LineChart = lazy(() => import("./LineChart"));

export interface ChartRun {
  id: string;
  name: string;
  colour: string;
  live: boolean;
}

interface MetricPictureProps {
  metric: string;
  runs: ChartRun[];
  search: ChartSearch;
  series: Points[];
  height: number;
  isLarge: boolean;
  onZoom?: (range: [number, number] | null) => void;
}

/** The histories of one metric as a picture: curves, or bars where each run has a single value. */
export function MetricPicture({ metric, runs, series, search, height, isLarge, onZoom }: MetricPictureProps) {
  const axis = search.axis ?? "step";
  const curves = useMemo(() => {
    const of = (key: string) => new Map(series.filter((points) => points.key === key).map((points) => [points.runId, points]));
    const byRun = of(metric);
    const along = axis.startsWith("metrics.") ? of(axis.slice("metrics.".length)) : null;
    return runs.flatMap((run) => {
      const points = byRun.get(run.id);
      if (!points || points.values.length === 0) return [];
      const placed = along ? { ...points, across: joinedAt(points, along.get(run.id)) } : points;
      return [{ name: run.name, colour: run.colour, points: placed }];
    });
  }, [runs, series, metric, axis]);
  if (curves.length === 0) return <p className="chart-problem quiet">None of these runs has logged it.</p>;
  if (curves.every((curve) => curve.points.values.length === 1)) {
    const [only] = curves;
    if (runs.length === 1 && only) return <SingleValue value={only.points.values[0]!} />;
    const bars = curves.map(({ name, colour, points }) => ({ id: points.runId, name, colour, value: points.values[0]! }));
    return <BarChart title={metric} bars={bars} height={height} />;
  }
  return (
    <Suspense fallback={<span className="skeleton-bar chart-waiting" />}>
      <LineChart
        title={metric}
        curves={curves}
        axis={axis}
        smooth={search.smooth ?? 0}
        log={search.log ?? false}
        xlog={search.xlog ?? false}
        trim={search.trim ?? false}
        height={height}
        hasLegend={isLarge}
        {...(onZoom ? { onZoom } : {})}
      />
    </Suspense>
  );
}

/** One value of one run has nothing to be compared with. */
function SingleValue({ value }: { value: number }) {
  return (
    <p className="single-value number" data-hint={wholeNumber(value)} data-whole={wholeNumber(value)}>
      {shortNumber(value)}
    </p>
  );
}
