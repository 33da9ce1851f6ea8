import "uplot/dist/uPlot.min.css";
import "./charts.css";

import { useEffect, useMemo, useRef, useState } from "react";
import uPlot from "uplot";

import type { Points } from "../api/metrics";
import { shortNumber } from "../lib/numbers";
import { useDark } from "../lib/theme";
import { absoluteTime, duration } from "../lib/time";
import type { ChartX } from "../lib/viewState";
import { aligned, lineOf } from "./lines";
import { inkOf, useWidth } from "./useCanvas";

export interface Curve {
  name: string;
  colour: string;
  points: Points;
}

interface LineChartProps {
  title: string;
  curves: Curve[];
  axis: ChartX;
  smooth: number;
  log: boolean;
  height: number;
}

interface Tip {
  x: number;
  left: number;
  top: number;
  rows: { name: string; colour: string; value: number }[];
  more: number;
}

const TIP_ROWS = 8;

/** Curves of one metric. Drag to look closer, double-click to see all; charts on a page share the cursor. */
export default function LineChart({ title, curves, axis, smooth, log, height }: LineChartProps) {
  const frame = useRef<HTMLDivElement>(null);
  const width = useWidth(frame);
  const dark = useDark();
  const [tip, setTip] = useState<Tip | null>(null);

  const data = useMemo(() => {
    const drawn = curves.map((curve) => lineOf(curve.points, axis, smooth, log));
    const raw = smooth > 0 ? curves.map((curve) => lineOf(curve.points, axis, 0, log)) : [];
    return aligned([...raw, ...drawn]) as uPlot.AlignedData;
  }, [curves, axis, smooth, log]);

  useEffect(() => {
    const target = frame.current;
    if (!target || width <= 0) return;
    const ink = inkOf(target);
    const rawCount = smooth > 0 ? curves.length : 0;
    const points = (data[0]?.length ?? 0) < 40;
    const chart = new uPlot(
      {
        width,
        height,
        legend: { show: false },
        padding: [10, 12, 0, 0],
        cursor: {
          sync: { key: `metrics by ${axis}` },
          points: { size: 7 },
          focus: { prox: 24 },
          dataIdx: nearestPoint,
        },
        focus: { alpha: 0.35 },
        scales: { x: { time: axis === "time" }, y: { distr: log ? 3 : 1, ...(log ? {} : { range: roomy }) } },
        axes: [
          { stroke: ink.text2, font: ink.font, grid: { stroke: ink.line, width: 1 }, ticks: { show: false }, size: 30, ...xLabels(axis) },
          {
            stroke: ink.text2,
            font: ink.font,
            grid: { stroke: ink.line, width: 1 },
            ticks: { show: false },
            size: 58,
            values: (_, values) => values.map((value) => (value === null ? "" : shortNumber(value))),
          },
        ],
        series: [
          {},
          ...curves.slice(0, rawCount).map((curve): uPlot.Series => ({ stroke: `${curve.colour}55`, width: 1, points: { show: false } })),
          ...curves.map((curve): uPlot.Series => ({
            label: curve.name,
            stroke: curve.colour,
            width: 1.8,
            points: { show: points, size: 5, fill: curve.colour },
          })),
        ],
        hooks: { setCursor: [(plot) => setTip(tipAt(plot, curves, rawCount))] },
      },
      data,
      target,
    );
    return () => chart.destroy();
    // The theme is read through the page's colours.
  }, [data, width, height, curves, axis, smooth, log, dark]);

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
              <div key={row.name}>
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
    </div>
  );
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
    return typeof value === "number" ? [{ name: curve.name, colour: curve.colour, value }] : [];
  });
  const aim = plot.posToVal(top, "y");
  rows.sort((a, b) => Math.abs(a.value - aim) - Math.abs(b.value - aim));
  const near = rows.slice(0, TIP_ROWS).sort((a, b) => b.value - a.value);
  return { x: plot.data[0][idx] ?? 0, left: left + 58, top, rows: near, more: rows.length - near.length };
}

/** A flat curve lies in the middle, others fill the height with a little room. */
function roomy(_: uPlot, low: number | null, high: number | null): uPlot.Range.MinMax {
  if (low === null || high === null) return [0, 1];
  const room = low === high ? Math.abs(low) * 0.1 || 1 : (high - low) * 0.06;
  return [low - room, high + room];
}

function xLabels(axis: ChartX): Partial<uPlot.Axis> {
  if (axis === "time") return {};
  if (axis === "relative") return { values: (_, values) => values.map((value) => duration(value * 1000)) };
  return { incrs: [1, 2, 5, 10, 20, 50, 100, 200, 500, 1e3, 2e3, 5e3, 1e4, 2e4, 5e4, 1e5, 2e5, 5e5, 1e6, 2e6, 5e6, 1e7, 1e8], values: (_, values) => values.map(shortNumber) };
}

function xText(x: number, axis: ChartX): string {
  if (axis === "time") return absoluteTime(x * 1000);
  return axis === "relative" ? `after ${duration(x * 1000)}` : `step ${shortNumber(x)}`;
}

function description(title: string, curves: Curve[]): string {
  const told = curves.slice(0, 5).map((curve) => {
    const last = curve.points.values[curve.points.values.length - 1];
    return `${curve.name} ends at ${last === undefined ? "nothing" : shortNumber(last)}`;
  });
  return `Line chart of ${title}: ${told.join(", ")}${curves.length > 5 ? `, and ${curves.length - 5} more` : ""}`;
}
