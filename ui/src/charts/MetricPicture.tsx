import { lazy, Suspense, useMemo } from "react";

import { metricTitle } from "../lib/expression";
import type { Points } from "../lib/points";
import { shortNumber, wholeNumber } from "../lib/numbers";
import { coloursApart } from "../lib/palette";
import { useDark } from "../lib/theme";
import type { ChartLook, ChartX } from "../lib/viewState";
import { type Bar, BarChart } from "./BarChart";
import { useDrawing } from "./drawing";
import type { Curve } from "./LineChart";
import { joinedAt, type LineLook } from "./lines";

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
  title: string;
  metrics: string[];
  runs: ChartRun[];
  search: ChartLook;
  series: Points[];
  height: number;
  isLarge: boolean;
  zoom?: [number, number] | undefined;
  onZoom?: (range: [number, number] | null) => void;
}

/** The histories of some metrics as a picture: curves, or bars where each run has a single value. */
export function MetricPicture({ title, metrics, runs, series, search, height, isLarge, zoom, onZoom }: MetricPictureProps) {
  const dark = useDark();
  const axis = search.axis ?? "step";
  const curves = useMemo(() => metricCurves(metrics, runs, series, axis, search.minus, dark), [metrics, runs, series, axis, search.minus, dark]);
  const faint = useMemo(() => metrics.flatMap((metric) => hiddenCurves(runs, series, metric, axis)), [metrics, runs, series, axis]);
  const drawn = useMemo(() => (faint.length > 0 ? [...curves, ...faint] : curves), [curves, faint]);
  if (curves.length === 0) {
    const isLogged = series.some((points) => metrics.includes(points.key) && points.values.length > 0);
    return (
      <p className="chart-problem quiet">
        {search.minus !== undefined && isLogged ? "The run whose values are to be taken away has not logged it." : "None of these runs has logged it."}
      </p>
    );
  }
  const members = curves.flatMap((curve) => curve.members);
  if (members.every((points) => points.values.length === 1)) {
    if (members.length === 1 && runs.length === 1 && search.minus === undefined) return <SingleValue value={members[0]!.values[0]!} />;
    return <BarChart title={title} bars={curves.map(barOf)} height={height} />;
  }
  return (
    <Suspense fallback={<span className="skeleton-bar chart-waiting" />}>
      <LineChart
        title={search.minus === undefined ? title : `${title} less ${runs.find((run) => run.id === search.minus)?.name ?? "another run"}`}
        curves={drawn}
        band={search.band ?? "deviation"}
        {...lineLook(search)}
        trim={search.trim ?? false}
        points={search.points ?? "auto"}
        height={height}
        hasLegend={isLarge || (metrics.length > 1 && curves.every((curve) => !curve.dash))}
        hasNumbers={isLarge}
        zoom={zoom}
        dashes={!isLarge && metrics.length > 1 ? metrics.map((metric, at) => ({ name: metricTitle(metric), dash: DASHES[at % DASHES.length]! })) : NOTHING}
        {...(onZoom ? { onZoom } : {})}
      />
    </Suspense>
  );
}

export function lineLook({ axis = "step", smooth = 0, smoothing = "exponential", log = false, xlog = false }: ChartLook): LineLook {
  return { axis, smooth, smoothing, log, xlog };
}

const NOTHING: { name: string; dash: number[] }[] = [];

/** Lines of several metrics of several runs are told apart by their dashes, as their colours are those of the runs. */
const DASHES = [[], [7, 4], [2, 3], [10, 4, 2, 4], [12, 6], [4, 2, 2, 2]];

/** The curves of all of these metrics; what one run is to be taken away from the others is left out where it has none. */
export function metricCurves(metrics: string[], runs: ChartRun[], series: Points[], axis: ChartX, minus: string | undefined, dark: boolean): Curve[] {
  const owners = new Set(runs.map((run) => run.group ?? run.id)).size;
  const colours = metrics.length > 1 && owners === 1 ? coloursApart(metrics, dark) : null;
  return metrics.flatMap((metric, at) => {
    const placed = placedAlong(series, metric, axis);
    const base = minus === undefined ? undefined : placed.get(minus);
    if (minus !== undefined && !base) return [];
    return curvesOf(runs, placed).map((curve): Curve => ({
      ...curve,
      ...(base ? { minus: base } : {}),
      ...(metrics.length > 1 ? { id: `${curve.id} ${metric}`, name: owners === 1 ? metricTitle(metric) : `${curve.name}, ${metricTitle(metric)}` } : {}),
      ...(colours ? { colour: colours.get(metric) ?? curve.colour } : metrics.length > 1 && owners > 1 ? { dash: DASHES[at % DASHES.length]! } : {}),
    }));
  });
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
function barOf(curve: Curve): Bar {
  const values = curve.members.map((points) => points.values[0]! - (curve.minus?.values[0] ?? 0));
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  const deviation = Math.sqrt(values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / Math.max(1, values.length - 1));
  return { id: curve.id, name: curve.name, colour: curve.colour, value: mean, ...(values.length > 1 ? { deviation } : {}) };
}

/** One value of one run has nothing to be compared with. */
function SingleValue({ value }: { value: number }) {
  const [width, height] = [240, 80];
  useDrawing({
    width,
    height,
    draw: (pen, ink) => {
      pen.font = `560 36px ${ink.font.replace(/^\S+\s/, "")}`;
      pen.fillStyle = ink.text;
      pen.textAlign = "center";
      pen.textBaseline = "middle";
      pen.fillText(shortNumber(value), width / 2, height / 2);
    },
  });
  return (
    <p className="single-value number" data-hint={wholeNumber(value)} data-whole={wholeNumber(value)}>
      {shortNumber(value)}
    </p>
  );
}
