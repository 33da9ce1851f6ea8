import { useQuery } from "@tanstack/react-query";
import { lazy, Suspense, useCallback, useMemo, useState } from "react";

import { useEvery, useLive } from "../api/live";
import { closeSeries, metricSeries, type Stretch } from "../api/metrics";
import { messageOf } from "../components/States";
import { csv } from "../lib/csv";
import { wholeNumber } from "../lib/numbers";
import type { Points } from "../lib/points";
import { saveBlob, saveFile } from "../lib/saveFile";
import type { ChartSearch, ChartX } from "../lib/viewState";
import { ChartCard } from "./ChartCard";
import { type ChartRun, MetricPicture } from "./MetricPicture";
import { useSeen } from "./useSeen";

const LargeChart = lazy(() => import("./LargeChart"));

interface MetricChartProps {
  metric: string;
  runs: ChartRun[];
  search: ChartSearch;
}

const HEIGHT = 210;
const NOTHING: string[] = [];

/** One metric of some runs: curves when any run has several points of it, bars when each has one. */
export function MetricChart({ metric, runs, search }: MetricChartProps) {
  const [large, setLarge] = useState(false);
  const { element, seen } = useSeen();
  const going = useMemo(() => runs.filter((run) => run.live).map((run) => run.id), [runs]);
  useLive(seen ? going : NOTHING, NOTHING);
  const every = useEvery();
  const axis = search.axis ?? "step";
  const along = axis.startsWith("metrics.") ? axis.slice("metrics.".length) : null;
  const ids = runs.map((run) => run.id);
  const series = useQuery({
    ...metricSeries(ids, along === null || along === metric ? [metric] : [metric, along], going.length > 0 && every, search.hidden),
    enabled: seen && runs.length > 0,
  });
  const [stretch, setStretch] = useState<Stretch | null>(null);
  // A closer look is worth asking for only where points were left out.
  const isThinned = series.data?.some((points) => points.key === metric && points.count > points.values.length) ?? false;
  const close = useQuery(closeSeries(ids, [metric], isThinned && along === null ? stretch : null));
  const onZoom = useCallback(
    (range: [number, number] | null) => setStretch(range === null ? null : stretchOf(axis, range)),
    [axis],
  );
  const shown = useMemo(() => withDetail(series.data ?? [], stretch ? close.data : undefined, stretch), [series.data, close.data, stretch]);
  const picture = (height: number, isLarge: boolean) => (
    <MetricPicture metric={metric} runs={runs} series={shown} search={search} height={height} isLarge={isLarge} onZoom={onZoom} />
  );
  return (
    <>
      <ChartCard
        metric={metric}
        ref={element}
        height={HEIGHT}
        items={[
          { label: "Enlarge", icon: "external", onSelect: () => setLarge(true) },
          {
            label: "Save points as CSV",
            icon: "download",
            disabled: !series.data,
            onSelect: () => savePoints(metric, runs, (series.data ?? []).filter((points) => points.key === metric)),
          },
          { label: "Save as PNG", icon: "download", disabled: !series.data, onSelect: () => savePicture(metric, element.current) },
        ]}
      >
        {series.error ? (
          <p className="chart-problem" role="alert">
            {messageOf(series.error)}{" "}
            <button type="button" className="link-button" onClick={() => void series.refetch()}>
              Retry
            </button>
          </p>
        ) : series.data === undefined ? (
          <span className="skeleton-bar chart-waiting" role="status" aria-label={`Loading ${metric}`} />
        ) : (
          picture(HEIGHT, false)
        )}
      </ChartCard>
      {large && (
        <Suspense>
          <LargeChart title={metric} onClose={() => setLarge(false)}>
            {picture(Math.round(window.innerHeight * 0.62), true)}
          </LargeChart>
        </Suspense>
      )}
    </>
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

/** The drawing on the page's ground, as a file. */
function savePicture(metric: string, card: HTMLElement | null): void {
  const drawn = card?.querySelector("canvas");
  if (!card || !drawn) return;
  const picture = document.createElement("canvas");
  picture.width = drawn.width;
  picture.height = drawn.height;
  const context = picture.getContext("2d");
  if (!context) return;
  context.fillStyle = getComputedStyle(card).backgroundColor;
  context.fillRect(0, 0, picture.width, picture.height);
  context.drawImage(drawn, 0, 0);
  picture.toBlob((blob) => blob && saveBlob(`${metric.replaceAll("/", "-")}.png`, blob));
}

function savePoints(metric: string, runs: ChartRun[], series: Points[]): void {
  const names = new Map(runs.map((run) => [run.id, run.name]));
  const rows = series.flatMap((points) =>
    Array.from(points.values, (value, at) => [
      names.get(points.runId) ?? "",
      points.runId,
      String(points.steps[at]),
      new Date(points.timestamps[at] ?? 0).toISOString(),
      wholeNumber(value),
    ]),
  );
  saveFile(`${metric.replaceAll("/", "-")}.csv`, csv([["run", "run_id", "step", "time", metric], ...rows]), "text/csv");
}
