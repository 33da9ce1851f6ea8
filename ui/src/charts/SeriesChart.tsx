import { useQuery } from "@tanstack/react-query";
import { type ReactNode, useCallback, useMemo } from "react";

import { useEvery, useLive } from "../api/live";
import { closeSeries, metricSeries, type Stretch } from "../api/metrics";
import { messageOf } from "../components/States";
import { metricTitle } from "../lib/expression";
import type { Points } from "../lib/points";
import { asRanks, rankedKey } from "../lib/ranks";
import type { ChartLook, ChartX } from "../lib/viewState";
import { ChartCard, useIsLarge, useZoom } from "./ChartCard";
import { toRead, withComputed } from "./computed";
import { type ChartRun, lineLook, metricCurves, MetricPicture } from "./MetricPicture";
import { groupRows, pointRows } from "./pointRows";
import { useSeen } from "./useSeen";

interface SeriesChartProps {
  /** By which it is known among other charts; the metric's name if nothing is said. */
  id?: string;
  title?: string;
  metrics: string[];
  runs: ChartRun[];
  search: ChartLook;
  /** The runs are these ranks of one run, whose metrics are each logged under a name of its own. */
  ranksOf?: { runId: string; ranks: number[]; idOf: (rank: number) => string };
  beside?: ReactNode;
  settings?: ReactNode;
  height?: number;
}

const HEIGHT = 210;
const NOTHING: string[] = [];

/** Metrics of some runs: curves when any has several points, bars when each has one. */
export function SeriesChart({ metrics: given, id = given[0] ?? "", title = given.map(metricTitle).join(", "), runs, search, ranksOf, beside, settings, height = HEIGHT }: SeriesChartProps) {
  const told = JSON.stringify(given);
  const metrics = useMemo(() => JSON.parse(told) as string[], [told]);
  const { element, seen } = useSeen();
  const isLarge = useIsLarge(id);
  const isGrouped = runs.some((run) => run.group !== undefined);
  const going = useMemo(() => runs.filter((run) => run.live).map((run) => run.id), [runs]);
  useLive(seen && !ranksOf ? going : NOTHING, NOTHING);
  const every = useEvery();
  const axis = search.axis ?? "step";
  const along = axis.startsWith("metrics.") ? axis.slice("metrics.".length) : null;
  const { ids, keys, alongKeys, problem } = useMemo(() => {
    const named = (metric: string) => (ranksOf ? ranksOf.ranks.map((rank) => rankedKey(metric, rank)) : [metric]);
    const { read, readAlong, problem } = toRead(metrics, along);
    return {
      ids: ranksOf ? [ranksOf.runId] : runs.map((run) => run.id),
      keys: read.flatMap(named),
      alongKeys: readAlong.flatMap(named),
      problem,
    };
  }, [ranksOf, runs, metrics, along]);
  const asked = useMemo(() => [...keys, ...alongKeys], [keys, alongKeys]);
  const read = useCallback((series: Points[]) => (ranksOf ? asRanks(series, ranksOf.idOf) : series), [ranksOf]);
  const series = useQuery({
    ...metricSeries(ids, asked, going.length > 0 && every, search.hidden, isLarge),
    // While the whole window waits for more points of the same histories, it shows those that the card has.
    placeholderData: (old, before) => (isLarge && before?.queryKey[1] === ids && before.queryKey[2] === asked ? old : undefined),
    enabled: (seen || isLarge) && ids.length > 0 && keys.length > 0,
  });
  const [zoom, onZoom] = useZoom(id, axis);
  const stretch = useMemo(() => (zoom ? stretchOf(axis, zoom) : null), [zoom, axis]);
  // A closer look is worth asking for only where points were left out.
  const isThinned = series.data?.some((points) => keys.includes(points.key) && points.count > points.values.length) ?? false;
  const close = useQuery(closeSeries(ids, keys, isThinned && along === null ? stretch : null, isLarge));
  const shown = useMemo(() => {
    const logged = read(withDetail(series.data ?? [], stretch ? close.data : undefined, stretch));
    return problem === undefined ? withComputed(logged, along === null ? metrics : [...metrics, along]) : logged;
  }, [read, series.data, close.data, stretch, metrics, along, problem]);
  return (
    <ChartCard
      id={id}
      title={title}
      ref={element}
      height={height}
      beside={beside}
      settings={settings}
      rows={series.data ? () => (isGrouped ? groupRows(metricCurves(metrics, runs, shown, axis, search.minus, false), lineLook(search), search.band ?? "deviation") : pointRows(metrics, runs, shown)) : null}
    >
      {(height, isLarge) =>
        problem !== undefined ? (
          <p className="chart-problem" role="alert">
            {problem}
          </p>
        ) : series.error ? (
          <p className="chart-problem" role="alert">
            {messageOf(series.error)}{" "}
            <button type="button" className="link-button" onClick={() => void series.refetch()}>
              Retry
            </button>
          </p>
        ) : metrics.length === 0 || runs.length === 0 ? (
          <p className="chart-problem quiet">{metrics.length === 0 ? "Choose a metric in the settings of this chart." : "No run to draw."}</p>
        ) : series.data === undefined ? (
          <span className="skeleton-bar chart-waiting" role="status" aria-label={`Loading ${title}`} />
        ) : (
          <MetricPicture title={title} metrics={metrics} runs={runs} series={shown} search={search} height={height} isLarge={isLarge} zoom={zoom} onZoom={onZoom} />
        )
      }
    </ChartCard>
  );
}

/** What the server is asked for a stretch of the axis; runs start at different times, so of relative time nothing. */
function stretchOf(axis: ChartX, [low, high]: [number, number]): Stretch | null {
  if (axis === "step") return { x: "step", start: Math.floor(low), end: Math.ceil(high) };
  return axis === "time" ? { x: "time", start: Math.floor(low * 1000), end: Math.ceil(high * 1000) } : null;
}

/** The histories with a stretch of them in more detail. */
function withDetail(series: Points[], close: Points[] | undefined, stretch: Stretch | null): Points[] {
  if (!close || !stretch) return series;
  return series.map((points) => {
    const detail = close.find((each) => each.runId === points.runId && each.key === points.key && each.branch === points.branch);
    if (!detail) return points;
    const places = stretch.x === "step" ? points.steps : points.timestamps;
    const kept = Array.from(places.keys()).filter((at) => places[at]! < stretch.start || places[at]! > stretch.end);
    const joined = (column: "steps" | "timestamps" | "values") =>
      Float64Array.from([...kept.map((at) => points[column][at]!), ...detail[column]]);
    return { ...points, steps: joined("steps"), timestamps: joined("timestamps"), values: joined("values") };
  });
}
