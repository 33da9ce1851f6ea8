import "uplot/dist/uPlot.min.css";
import "./charts.css";

import { useEffect, useLayoutEffect, useMemo, useRef, useState } from "react";
import uPlot from "uplot";

import { metricTitle } from "../lib/expression";
import type { Points } from "../lib/points";
import { counted, shortNumber, wholeNumber } from "../lib/numbers";
import { kneeOf, symlog, symlogTicks, symlogValue } from "../lib/scales";
import { useDark } from "../lib/theme";
import { absoluteTime, duration } from "../lib/time";
import type { Band, ChartX } from "../lib/viewState";
import { aligned, type LineLook, type Lost, trimmedRange } from "./lines";
import { drawnCurve, type Heights } from "./spread";
import { dashOf, drawLines, isMarked, lostMarks, SYMLOG_ROOM } from "./drawLines";
import { useDrawing } from "./drawing";
import { inkOf } from "./useCanvas";
import { useWidth } from "./useWidth";

export interface Curve {
  id: string;
  name: string;
  colour: string;
  /** The history of a run, or of all runs of a group: those are drawn as their mean with a band. */
  members: Points[];
  /** The history whose values are taken away from those of its members. */
  minus?: Points;
  /** Drawn so that it is seen only by who looks for it. */
  faint?: boolean;
  dash?: number[];
}

interface LineChartProps extends LineLook {
  title: string;
  curves: Curve[];
  band: Band;
  trim: boolean;
  /** Whether each point is marked; "auto": where there are few. */
  points: "auto" | "on" | "off";
  height: number;
  /** Whether the curves are named below the chart, where a click hides one. */
  hasLegend?: boolean;
  /** Whether it also says of each curve what it ends at, its least and its greatest value. */
  hasNumbers?: boolean;
  /** What the dashes of the curves say, where their names do not stand below. */
  dashes?: { name: string; dash: number[] }[];
  /** The stretch of the axis that is looked at closely. */
  zoom?: [number, number] | undefined;
  /** A stretch of the axis was chosen to be looked at closely; null when all of it is shown again. */
  onZoom?: (range: [number, number] | null) => void;
}

interface Tip {
  x: number;
  left: number;
  top: number;
  rows: { id: string; name: string; colour: string; value: number }[];
  more: number;
}

const TIP_ROWS = 8;
const FEW_POINTS = 40;
/** The cursor marks no points of more curves than this: nobody could tell which is which. */
const CROWD = 100;

/** Curves of one metric. Drag to look closer, double-click to see all; charts on a page share the cursor. */
export default function LineChart(props: LineChartProps) {
  const { title, curves, band, axis, smooth, smoothing, log, xlog, trim, points: marks, height, hasLegend = false, hasNumbers = false, dashes = [], zoom, onZoom } = props;
  const frame = useRef<HTMLDivElement>(null);
  const plot = useRef<uPlot | null>(null);
  const isClose = useRef(false);
  const told = useRef(onZoom);
  useEffect(() => {
    told.current = onZoom;
  }, [onZoom]);
  const width = useWidth(frame);
  const dark = useDark();
  const [tip, setTip] = useState<Tip | null>(null);
  const [hidden, setHidden] = useState<string[]>([]);

  const { data, bands, broken, range, knee, plain } = useMemo(() => {
    const look = { axis, smooth, smoothing, log, xlog };
    const drawn = curves.map((curve) => drawnCurve(curve, look, band));
    const raw = smooth > 0 ? curves.map((curve) => drawnCurve(curve, { ...look, smooth: 0 }, "none")) : [];
    const edges = drawn.flatMap(({ line, edges: each }, at) => (each ? [{ at, x: line.x, ...each }] : []));
    const edge = (side: "low" | "high") => edges.map((each) => ({ x: each.x, y: each[side], broken: [] }));
    return {
      data: aligned([...raw.map(({ line }) => line), ...drawn.map(({ line }) => line), ...edge("high"), ...edge("low")]) as uPlot.AlignedData,
      /** Which curves have a band; its edges come after all curves, the upper ones first. */
      bands: edges.map((each) => each.at),
      broken: drawn.map(({ line }) => line.broken),
      /** The curves as they were logged. */
      plain: (raw.length > 0 ? raw : drawn).map(({ line }) => line.y),
      range: trim ? trimmedRange(drawn.map(({ line }) => line.y)) : null,
      knee: log === "symlog" ? kneeOf(drawn.flatMap(({ line }) => line.y)) : undefined,
    };
  }, [curves, band, axis, smooth, smoothing, log, xlog, trim]);
  const drawnNow = useRef({ data, curves, bands, broken, range, width, height, zoom });
  useLayoutEffect(() => {
    drawnNow.current = { data, curves, bands, broken, range, width, height, zoom };
  }, [data, curves, bands, broken, range, width, height, zoom]);

  // What a chart is made of; new points of the same curves only take the place of the old ones.
  const hasPoints = marks === "on" || (marks === "auto" && (data[0]?.length ?? 0) < FEW_POINTS);
  const made = JSON.stringify([curves.map((curve) => [curve.id, curve.name, curve.colour, curve.dash]), bands, hidden, hasPoints]);
  const hasRoom = width > 0;
  useEffect(() => {
    const target = frame.current;
    if (!target || !hasRoom) return;
    const ink = inkOf(target);
    const now = drawnNow.current;
    const rawCount = smooth > 0 ? now.curves.length : 0;
    const isShown = (curve: Curve) => !hidden.includes(curve.id);
    const edge = (at: number): uPlot.Series => ({ stroke: "transparent", width: 0, points: { show: false }, show: isShown(now.curves[at]!) });
    const firstEdge = 1 + rawCount + now.curves.length;
    const heightOf = (_: uPlot, low: number | null, high: number | null): uPlot.Range.MinMax => {
      const [from, to] = drawnNow.current.range ?? [low, high];
      if (knee === undefined || from === null || to === null) return roomy(from, to);
      const [foot, top] = roomy(symlog(from, knee), symlog(to, knee));
      return [symlogValue(foot, knee), symlogValue(top, knee)];
    };
    const symmetric: uPlot.Scale | null =
      knee === undefined ? null : { distr: 100, fwd: (value) => symlog(value, knee), bwd: (place) => symlogValue(place, knee), range: heightOf };
    isClose.current = false;
    const chart = new uPlot(
      {
        width: now.width,
        height: now.height,
        legend: { show: false },
        padding: [10, 12, 0, 0],
        cursor: {
          sync: { key: `metrics by ${axis}` },
          points: { size: 7, ...(now.curves.length > CROWD ? { show: false } : {}) },
          focus: { prox: 24 },
          dataIdx: nearestPoint,
        },
        focus: { alpha: 0.35 },
        scales: { x: { time: axis === "time", distr: xlog ? 3 : 1 }, y: symmetric ?? { distr: log ? 3 : 1, ...(log ? {} : { range: heightOf }) } },
        axes: [
          { stroke: ink.text2, font: ink.font, grid: { stroke: ink.line, width: 1 }, ticks: { show: false }, size: 30, ...xLabels(axis, xlog) },
          {
            stroke: ink.text2,
            font: ink.font,
            grid: { stroke: ink.line, width: 1 },
            ticks: { show: false },
            size: 58,
            values: (_, values) => values.map((value) => (value === null ? "" : shortNumber(value))),
            ...(knee === undefined
              ? {}
              : {
                  splits: (each: uPlot, _: number, low: number, high: number) => symlogTicks(low, high, knee, Math.floor(each.bbox.height / uPlot.pxRatio / SYMLOG_ROOM)),
                  filter: (_: uPlot, splits: number[]) => splits,
                }),
          },
        ],
        series: [
          {},
          ...now.curves
            .slice(0, rawCount)
            .map((curve): uPlot.Series => ({ stroke: `${curve.colour}55`, width: 1, points: { show: false }, show: isShown(curve) })),
          ...now.curves.map((curve): uPlot.Series => ({
            label: curve.name,
            stroke: curve.faint ? `${curve.colour}a0` : curve.colour,
            width: curve.faint ? 1.2 : 1.8,
            ...(dashOf(curve).length > 0 ? { dash: dashOf(curve) } : {}),
            show: isShown(curve),
            points: { show: isMarked(curve, hasPoints), size: 5, fill: curve.colour },
          })),
          ...now.bands.map(edge),
          ...now.bands.map(edge),
        ],
        bands: now.bands.map((at, place) => ({
          series: [firstEdge + place, firstEdge + now.bands.length + place],
          fill: `${now.curves[at]!.colour}2e`,
        })),
        hooks: {
          setCursor: [(each) => setTip(tipAt(each, drawnNow.current.curves, rawCount))],
          draw: [(each) => markBroken(each, drawnNow.current)],
          setSelect: [
            (each) => {
              if (each.select.width < 4) return;
              isClose.current = true;
              told.current?.([each.posToVal(each.select.left, "x"), each.posToVal(each.select.left + each.select.width, "x")]);
            },
          ],
        },
      },
      now.data,
      target,
    );
    plot.current = chart;
    if (now.zoom) {
      isClose.current = true;
      chart.setScale("x", { min: now.zoom[0], max: now.zoom[1] });
    }
    const all = () => {
      isClose.current = false;
      told.current?.(null);
    };
    chart.over.addEventListener("dblclick", all);
    return () => {
      plot.current = null;
      chart.destroy();
    };
    // The theme is read through the page's colours.
  }, [made, hasRoom, axis, smooth, smoothing, log, knee, xlog, trim, dark, hidden, hasPoints]);

  // Another size is the same chart: nothing of it is made anew.
  useLayoutEffect(() => {
    const chart = plot.current;
    if (chart && width > 0 && (chart.width !== width || chart.height !== height)) chart.setSize({ width, height });
  }, [width, height]);

  // While a stretch is looked at closely it stays where it is, however much is logged.
  useEffect(() => {
    const chart = plot.current;
    if (!chart || chart.data === data) return;
    if (isClose.current) {
      const { min, max } = chart.scales["x"] ?? {};
      chart.setData(data, false);
      if (min !== undefined && max !== undefined) chart.setScale("x", { min, max });
    } else chart.setData(data);
  }, [data]);

  // Also when the address says so, as on the way back.
  const [from, to] = zoom ?? [];
  useEffect(() => {
    const chart = plot.current;
    if (!chart) return;
    if (from === undefined || to === undefined) {
      if (isClose.current) chart.setData(chart.data);
    } else {
      const { min, max } = chart.scales["x"] ?? {};
      if (min !== from || max !== to) chart.setScale("x", { min: from, max: to });
    }
    isClose.current = from !== undefined;
  }, [from, to]);

  useDrawing({
    width,
    height,
    draw: (pen, ink) => {
      if (plot.current) drawLines(pen, ink, plot.current, { curves, bands, broken, rawCount: smooth > 0 ? curves.length : 0, hasPoints, axis, knee });
    },
    ...(curves.length > 1 ? { legend: curves.filter((curve) => !hidden.includes(curve.id)).map(({ name, colour, dash }) => ({ name, colour, dash })) } : {}),
  });

  const all = broken.flat();
  const lost = all.filter(({ way }) => way === 0).length;
  const cut = range === null ? 0 : plain.reduce((sum, heights) => sum + heights.filter((value) => typeof value === "number" && (value < range[0] || value > range[1])).length, 0);
  return (
    <div className="line-chart">
      <div ref={frame} style={{ height }} role="img" aria-label={description(title, curves)} />
      {tip && tip.rows.length > 0 && (
        <div
          className="chart-tip"
          aria-hidden="true"
          style={{ top: tip.top + 16, ...(tip.left > width / 2 ? { right: width - tip.left + 14 } : { left: tip.left + 14 }) }}
        >
          <span className="quiet">{xText(tip.x, axis)}</span>
          <dl>
            {tip.rows.map((row) => (
              <div key={row.id}>
                <dt>
                  <i className="run-dot" style={{ background: row.colour }} />
                  {row.name}
                </dt>
                <dd>{shortNumber(row.value)}</dd>
              </div>
            ))}
          </dl>
          {tip.more > 0 && <span className="quiet">and {tip.more} more</span>}
        </div>
      )}
      {lost > 0 && <p className="chart-note">{counted(lost, "value")} not a number, marked × at the foot.</p>}
      {all.length > lost && <p className="chart-note">{counted(all.length - lost, "value")} infinite, marked ▴ at the top or ▾ at the foot.</p>}
      {cut > 0 && <p className="chart-note">{counted(cut, "outlier")} above or below what is shown.</p>}
      {!hasLegend && dashes.length > 0 && (
        <ul className="colour-words" aria-label="Dashes">
          {dashes.map(({ name, dash }) => (
            <li key={name}>
              <DashMark colour="currentColor" dash={dash} />
              {name}
            </li>
          ))}
        </ul>
      )}
      {hasLegend && (
        <ul className="chart-legend">
          {curves.map((curve, at) => (
            <li key={curve.id}>
              <button
                type="button"
                aria-pressed={!hidden.includes(curve.id)}
                onClick={() => setHidden(hidden.includes(curve.id) ? hidden.filter((each) => each !== curve.id) : [...hidden, curve.id])}
              >
                {curve.dash ? <DashMark colour={curve.colour} dash={curve.dash} /> : <i className="run-dot" style={{ background: curve.colour }} aria-hidden="true" />}
                {curve.name}
              </button>
              {hasNumbers && <Extent heights={plain[at]!} />}
            </li>
          ))}
        </ul>
      )}
    </div>
  );
}

/** What a curve ends at, and its least and greatest value; of a group it is that of what is drawn for it. */
function Extent({ heights }: { heights: Heights }) {
  const values = heights.filter((value) => typeof value === "number");
  if (values.length < 2) return null;
  const told = (word: string, value: number) => (
    <>
      {word}{" "}
      <span className="number" data-hint={wholeNumber(value)} data-whole={wholeNumber(value)}>
        {shortNumber(value)}
      </span>{" "}
    </>
  );
  const least = values.reduce((low, value) => Math.min(low, value));
  const greatest = values.reduce((high, value) => Math.max(high, value));
  return (
    <small className="quiet">
      {told("last", values[values.length - 1]!)}
      {told("min", least)}
      {told("max", greatest)}
    </small>
  );
}

function DashMark({ colour, dash }: { colour: string; dash: number[] }) {
  return (
    <svg width="26" height="8" aria-hidden="true" className="dash-mark">
      <path d="M0 4H26" stroke={colour} strokeWidth="2" strokeDasharray={dash.join(" ")} />
    </svg>
  );
}

/** A small mark in the colour of its curve wherever something was logged that is no number. */
function markBroken(plot: uPlot, { curves, broken }: { curves: Curve[]; broken: Lost[][] }): void {
  const { ctx, bbox } = plot;
  const ratio = window.devicePixelRatio || 1;
  ctx.save();
  ctx.lineWidth = 1.5 * ratio;
  broken.forEach((places, at) => {
    ctx.strokeStyle = curves[at]?.colour ?? "";
    for (const { x, way } of places) {
      const left = plot.valToPos(x, "x", true);
      if (left < bbox.left || left > bbox.left + bbox.width) continue;
      for (const [fromX, fromY, toX, toY] of lostMarks(way, left, bbox.top, bbox.top + bbox.height, ratio)) {
        ctx.beginPath();
        ctx.moveTo(fromX, fromY);
        ctx.lineTo(toX, toY);
        ctx.stroke();
      }
    }
  });
  ctx.restore();
}

/** Curves have points at different x; each answers with its own nearest one. */
function nearestPoint(plot: uPlot, series: number, index: number): number {
  const values = plot.data[series];
  if (!values || series === 0 || typeof values[index] === "number") return index;
  for (let away = 1; away < values.length; away++) {
    if (typeof values[index - away] === "number") return index - away;
    if (typeof values[index + away] === "number") return index + away;
    if (index - away < 0 && index + away >= values.length) break;
  }
  return index;
}

function tipAt(plot: uPlot, curves: Curve[], rawCount: number): Tip | null {
  const { idx, left = -1, top = -1, idxs } = plot.cursor;
  // Charts share their cursor; only the one under the pointer tells its values.
  if (idx === null || idx === undefined || left < 0 || !plot.cursor.event) return null;
  const rows = curves.flatMap((curve, at) => {
    const series = at + 1 + rawCount;
    const value = plot.data[series]?.[idxs?.[series] ?? idx];
    return typeof value === "number" ? [{ id: curve.id, name: curve.name, colour: curve.colour, value }] : [];
  });
  const aim = plot.posToVal(top, "y");
  rows.sort((a, b) => Math.abs(a.value - aim) - Math.abs(b.value - aim));
  const near = rows.slice(0, TIP_ROWS).sort((a, b) => b.value - a.value);
  return { x: plot.data[0][idx] ?? 0, left: left + 58, top, rows: near, more: rows.length - near.length };
}

/** A flat curve lies in the middle, others fill the height with a little room. */
function roomy(low: number | null, high: number | null): [number, number] {
  if (low === null || high === null) return [0, 1];
  const room = low === high ? Math.abs(low) * 0.1 || 1 : (high - low) * 0.06;
  return [low - room, high + room];
}

function xLabels(axis: ChartX, log: boolean): Partial<uPlot.Axis> {
  if (axis === "time") return {};
  if (log || axis.startsWith("metrics.")) return { values: (_, values) => values.map((value) => (value === null ? "" : shortNumber(value))) };
  if (axis === "relative") return { values: (_, values) => values.map((value) => duration(value * 1000)) };
  return { incrs: [1, 2, 5, 10, 20, 50, 100, 200, 500, 1e3, 2e3, 5e3, 1e4, 2e4, 5e4, 1e5, 2e5, 5e5, 1e6, 2e6, 5e6, 1e7, 1e8], values: (_, values) => values.map(shortNumber) };
}

function xText(x: number, axis: ChartX): string {
  if (axis === "time") return absoluteTime(x * 1000);
  if (axis.startsWith("metrics.")) return `${metricTitle(axis.slice("metrics.".length))} ${shortNumber(x)}`;
  return axis === "relative" ? `after ${duration(x * 1000)}` : `step ${shortNumber(x)}`;
}

function description(title: string, curves: Curve[]): string {
  const told = curves.slice(0, 5).map((curve) => {
    if (curve.members.length !== 1) return `${curve.name}, ${counted(curve.members.length, "run")}`;
    const { values } = curve.members[0]!;
    const last = values[values.length - 1];
    return `${curve.name} ends at ${last === undefined ? "nothing" : shortNumber(last)}`;
  });
  return `Line chart of ${title}: ${told.join(", ")}${curves.length > 5 ? `, and ${curves.length - 5} more` : ""}`;
}
