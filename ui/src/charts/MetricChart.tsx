import { useQuery } from "@tanstack/react-query";
import { lazy, Suspense, useEffect, useMemo, useRef, useState } from "react";

import { useEvery, useLive } from "../api/live";
import { metricSeries, type Points } from "../api/metrics";
import { IconButton } from "../components/Button";
import { Menu } from "../components/Menu";
import { messageOf } from "../components/States";
import { csv } from "../lib/csv";
import { shortNumber, wholeNumber } from "../lib/numbers";
import { saveFile } from "../lib/saveFile";
import type { ChartSearch } from "../lib/viewState";
import { BarChart } from "./BarChart";

const LineChart = lazy(() => import("./LineChart"));
const LargeChart = lazy(() => import("./LargeChart"));

export interface ChartRun {
  id: string;
  name: string;
  colour: string;
  live: boolean;
}

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
  const series = useQuery({
    ...metricSeries(runs.map((run) => run.id), [metric], going.length > 0 && every),
    enabled: seen && runs.length > 0,
  });
  const picture = (height: number) => <Picture metric={metric} runs={runs} series={series.data ?? []} search={search} height={height} />;
  return (
    <figure className="card chart-card" ref={element}>
      <figcaption>
        <span className="chart-title" data-hint={metric}>
          {metric}
        </span>
        <Menu
          trigger={<IconButton icon="more" label={`Actions for the chart of ${metric}`} />}
          items={[
            { label: "Enlarge", icon: "external", onSelect: () => setLarge(true) },
            {
              label: "Save points as CSV",
              icon: "download",
              disabled: !series.data,
              onSelect: () => savePoints(metric, runs, series.data ?? []),
            },
          ]}
        />
      </figcaption>
      <div className="chart-space" style={{ minHeight: HEIGHT }}>
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
          picture(HEIGHT)
        )}
      </div>
      {large && (
        <Suspense>
          <LargeChart title={metric} onClose={() => setLarge(false)}>
            {picture(Math.round(window.innerHeight * 0.62))}
          </LargeChart>
        </Suspense>
      )}
    </figure>
  );
}

interface PictureProps extends MetricChartProps {
  series: Points[];
  height: number;
}

function Picture({ metric, runs, series, search, height }: PictureProps) {
  const curves = useMemo(() => {
    const byRun = new Map(series.map((points) => [points.runId, points]));
    return runs.flatMap((run) => {
      const points = byRun.get(run.id);
      return points && points.values.length > 0 ? [{ name: run.name, colour: run.colour, points }] : [];
    });
  }, [runs, series]);
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
        axis={search.axis ?? "step"}
        smooth={search.smooth ?? 0}
        log={search.log ?? false}
        height={height}
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

/** Whether an element has come near the window; a chart far below costs nothing until then. */
function useSeen() {
  const element = useRef<HTMLElement>(null);
  const [seen, setSeen] = useState(false);
  useEffect(() => {
    if (seen || !element.current) return;
    const observer = new IntersectionObserver((entries) => entries.some((entry) => entry.isIntersecting) && setSeen(true), {
      rootMargin: "300px",
    });
    observer.observe(element.current);
    return () => observer.disconnect();
  }, [seen]);
  return { element, seen };
}
