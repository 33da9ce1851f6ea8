import { lazy, Suspense, useMemo } from "react";

import type { Points } from "../lib/points";
import { shortNumber, wholeNumber } from "../lib/numbers";
import type { ChartSearch, ChartX } from "../lib/viewState";
import { type Bar, BarChart } from "./BarChart";
import type { Curve } from "./LineChart";
import { joinedAt } from "./lines";

const LineChart = lazy(() => import("./LineChart"));

export interface ChartRun {
  id: string;
  name: string;
  colour: string;
  live: boolean;
  /** What the run is grouped under; runs of a group are drawn as one curve. */
  group?: string;
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
  const placed = useMemo(() => placedAlong(series, metric, axis), [series, metric, axis]);
  const curves = useMemo(() => curvesOf(runs, placed), [runs, placed]);
  const faint = useMemo(() => hiddenCurves(runs, series, metric, axis), [runs, series, metric, axis]);
  const drawn = useMemo(() => (faint.length > 0 ? [...curves, ...faint] : curves), [curves, faint]);
  const minus = search.minus === undefined ? undefined : placed.get(search.minus);
  if (curves.length === 0) return <p className="chart-problem quiet">None of these runs has logged it.</p>;
  if (search.minus !== undefined && !minus) {
    return <p className="chart-problem quiet">The run whose values are to be taken away has not logged it.</p>;
  }
  const members = curves.flatMap((curve) => curve.members);
  if (members.every((points) => points.values.length === 1)) {
    const less = minus?.values[0] ?? 0;
    if (runs.length === 1 && !minus) return <SingleValue value={members[0]!.values[0]!} />;
    return <BarChart title={metric} bars={curves.map((curve) => barOf(curve, less))} height={height} />;
  }
  return (
    <Suspense fallback={<span className="skeleton-bar chart-waiting" />}>
      <LineChart
        title={minus ? `${metric} less ${runs.find((run) => run.id === minus.runId)?.name ?? "another run"}` : metric}
        curves={drawn}
        band={search.band ?? "deviation"}
        minus={minus}
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

/** The histories of a metric by run, with where they stand along another metric if that is the axis. */
function placedAlong(series: Points[], metric: string, axis: ChartX): Map<string, Points> {
  const of = (key: string) => new Map(series.filter((points) => points.key === key && points.branch === "" && points.values.length > 0).map((points) => [points.runId, points]));
  const byRun = of(metric);
  if (!axis.startsWith("metrics.")) return byRun;
  const along = of(axis.slice("metrics.".length));
  return new Map([...byRun].map(([id, points]) => [id, { ...points, across: joinedAt(points, along.get(id)) }]));
}

/** A curve for each run, or for each group of runs. */
function curvesOf(runs: ChartRun[], placed: Map<string, Points>): Curve[] {
  const curves = new Map<string, Curve>();
  for (const run of runs) {
    const points = placed.get(run.id);
    if (!points) continue;
    const id = run.group ?? run.id;
    const curve = curves.get(id);
    if (curve) curve.members.push(points);
    else curves.set(id, { id, name: run.group ?? run.name, colour: run.colour, members: [points] });
  }
  return [...curves.values()];
}

/** What single runs hide. Of a group it would only be more of a crowd, and along another metric it has no place. */
function hiddenCurves(runs: ChartRun[], series: Points[], metric: string, axis: ChartX): Curve[] {
  if (axis.startsWith("metrics.")) return [];
  const byId = new Map(runs.filter((run) => run.group === undefined).map((run) => [run.id, run]));
  return series.flatMap((points): Curve[] => {
    const run = byId.get(points.runId);
    if (!run || points.branch === "" || points.key !== metric || points.values.length === 0) return [];
    return [{ id: `${run.id} ${points.branch}`, name: `${run.name}, hidden`, colour: run.colour, members: [points], faint: true }];
  });
}

/** A bar as long as the mean of a curve's runs. */
function barOf(curve: Curve, less: number): Bar {
  const values = curve.members.map((points) => points.values[0]! - less);
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  const deviation = Math.sqrt(values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / Math.max(1, values.length - 1));
  return { id: curve.id, name: curve.name, colour: curve.colour, value: mean, ...(values.length > 1 ? { deviation } : {}) };
}

/** One value of one run has nothing to be compared with. */
function SingleValue({ value }: { value: number }) {
  return (
    <p className="single-value number" data-hint={wholeNumber(value)} data-whole={wholeNumber(value)}>
      {shortNumber(value)}
    </p>
  );
}
