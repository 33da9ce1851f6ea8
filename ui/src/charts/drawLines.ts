import uPlot from "uplot";

import { shortNumber } from "../lib/numbers";
import { labels, symlogTicks, ticks } from "../lib/scales";
import { duration } from "../lib/time";
import type { ChartX } from "../lib/viewState";
import type { Curve } from "./LineChart";
import type { Lost } from "./lines";
import type { Pen } from "./pen";
import type { Ink } from "./useCanvas";

interface DrawnLines {
  curves: Curve[];
  /** Which curves have a band around them. */
  bands: number[];
  broken: Lost[][];
  /** How many series before those of the curves are their shadows, not smoothed. */
  rawCount: number;
  hasPoints: boolean;
  axis: ChartX;
  /** Of a vertical axis that is logarithmic on both sides of zero. */
  knee: number | undefined;
}

/** Labels of powers of ten may stand this close, in px. */
export const SYMLOG_ROOM = 26;

/** How the line of a curve is broken; empty for a whole one. */
export function dashOf(curve: Curve): number[] {
  return curve.faint ? [5, 3] : (curve.dash ?? []);
}

/** Whether the points of a curve are marked: one of a single point would not be seen otherwise. */
export function isMarked(curve: Curve, hasPoints: boolean): boolean {
  return !curve.faint && (hasPoints || curve.members.every((points) => points.values.length === 1));
}

/** The strokes of a mark of what has no place: × at the foot for what is no number, the tip of an arrow for an infinity. */
export function lostMarks(way: Lost["way"], x: number, top: number, foot: number, unit = 1): [number, number, number, number][] {
  const size = 3 * unit;
  const middle = way > 0 ? top + size + unit : foot - size - unit;
  if (way === 0) {
    return [
      [x - size, middle - size, x + size, middle + size],
      [x + size, middle - size, x - size, middle + size],
    ];
  }
  const tip = middle - size * way;
  const base = middle + size * way;
  return [
    [x - size, base, x, tip],
    [x, tip, x + size, base],
    [x + size, base, x - size, base],
  ];
}

/** Draws what a plot shows now, with the same scales and in the same places, by any pen. */
export function drawLines(pen: Pen, ink: Ink, plot: uPlot, { curves, bands, broken, rawCount, hasPoints, axis, knee }: DrawnLines): void {
  const ratio = uPlot.pxRatio;
  const box = { left: plot.bbox.left / ratio, top: plot.bbox.top / ratio, width: plot.bbox.width / ratio, height: plot.bbox.height / ratio };
  const xOf = (value: number) => box.left + plot.valToPos(value, "x");
  const yOf = (value: number) => box.top + plot.valToPos(value, "y");
  const foot = box.top + box.height;
  pen.textBaseline = "middle";
  pen.lineWidth = 1;
  pen.strokeStyle = ink.line;
  pen.fillStyle = ink.text2;
  pen.textAlign = "right";
  for (const { value, text } of valueLabels(plot.scales["y"], Math.max(2, Math.floor(box.height / (knee === undefined ? 44 : SYMLOG_ROOM))), false, knee)) {
    path(pen, [box.left, yOf(value), box.left + box.width, yOf(value)]);
    pen.fillText(text, box.left - 8, yOf(value));
  }
  pen.textAlign = "center";
  const count = Math.max(2, Math.floor(box.width / 64));
  for (const { value, text } of axis === "time" ? timeLabels(plot.scales["x"], count) : valueLabels(plot.scales["x"], count, axis === "relative")) {
    path(pen, [xOf(value), box.top, xOf(value), foot]);
    pen.fillText(text, xOf(value), foot + 14);
  }

  pen.save();
  pen.beginPath();
  pen.rect(box.left, box.top, box.width, box.height);
  pen.clip();
  const [xs] = plot.data;
  const points = (series: number): [number, number][] =>
    Array.from(xs, (x, at): [number, number] | null => {
      const y = plot.data[series]?.[at];
      return typeof y === "number" ? [xOf(x), yOf(y)] : null;
    }).filter((point) => point !== null);
  const isShown = (at: number) => plot.series[1 + rawCount + at]?.show !== false;
  const firstEdge = 1 + rawCount + curves.length;
  bands.forEach((at, place) => {
    const edge = [...points(firstEdge + place), ...points(firstEdge + bands.length + place).reverse()];
    if (!isShown(at) || edge.length === 0) return;
    pen.fillStyle = `${curves[at]!.colour}2e`;
    pen.beginPath();
    edge.forEach(([x, y], index) => (index === 0 ? pen.moveTo(x, y) : pen.lineTo(x, y)));
    pen.closePath();
    pen.fill();
  });
  curves.forEach((curve, at) => {
    if (!isShown(at)) return;
    const line = (series: number) => {
      pen.beginPath();
      let isOpen = false;
      xs.forEach((x, index) => {
        const y = plot.data[series]?.[index];
        if (y === null) isOpen = false;
        else if (typeof y === "number") {
          if (isOpen) pen.lineTo(xOf(x), yOf(y));
          else pen.moveTo(xOf(x), yOf(y));
          isOpen = true;
        }
      });
      pen.stroke();
    };
    if (rawCount > 0) {
      pen.strokeStyle = `${curve.colour}55`;
      pen.lineWidth = 1;
      line(1 + at);
    }
    pen.strokeStyle = curve.faint ? `${curve.colour}a0` : curve.colour;
    pen.lineWidth = curve.faint ? 1.2 : 1.8;
    pen.setLineDash(dashOf(curve));
    line(1 + rawCount + at);
    pen.setLineDash([]);
    pen.fillStyle = curve.colour;
    if (isMarked(curve, hasPoints)) {
      for (const [x, y] of points(1 + rawCount + at)) {
        pen.beginPath();
        pen.arc(x, y, 2.5, 0, Math.PI * 2);
        pen.fill();
      }
    }
    pen.strokeStyle = curve.colour;
    pen.lineWidth = 1.5;
    for (const { x, way } of broken[at] ?? []) {
      for (const mark of lostMarks(way, xOf(x), box.top, foot)) path(pen, mark);
    }
  });
  pen.restore();
}

function path(pen: Pen, [x, y, toX, toY]: [number, number, number, number]): void {
  pen.beginPath();
  pen.moveTo(x, y);
  pen.lineTo(toX, toY);
  pen.stroke();
}

interface PlacedLabel {
  value: number;
  text: string;
}

function valueLabels(scale: uPlot.Scale | undefined, count: number, isTime = false, knee?: number): PlacedLabel[] {
  const { min, max, distr } = scale ?? {};
  if (min === undefined || max === undefined || min === null || max === null || max <= min) return [];
  if (distr === 3 && min > 0) {
    return labels({ kind: "number", low: min, high: max, log: true }, count).map(({ share, text }) => ({ value: min * (max / min) ** share, text }));
  }
  return (knee === undefined ? ticks(min, max, count) : symlogTicks(min, max, knee, count)).map((value) => ({ value, text: isTime ? duration(value * 1000) : shortNumber(value) }));
}

/** In seconds: what clocks and calendars are divided by. */
const CLOCK = [1, 5, 15, 30, 60, 300, 900, 1800, 3600, 10_800, 21_600, 43_200, 86_400, 172_800, 604_800, 2_592_000];
const HOURS = new Intl.DateTimeFormat(undefined, { hour: "2-digit", minute: "2-digit" });
const SECONDS = new Intl.DateTimeFormat(undefined, { timeStyle: "medium" });
const DAYS = new Intl.DateTimeFormat(undefined, { dateStyle: "medium" });

function timeLabels(scale: uPlot.Scale | undefined, count: number): PlacedLabel[] {
  const { min, max } = scale ?? {};
  if (min === undefined || max === undefined || min === null || max === null || max <= min) return [];
  const step = CLOCK.find((each) => (max - min) / each <= count) ?? CLOCK[CLOCK.length - 1]! * Math.ceil((max - min) / CLOCK[CLOCK.length - 1]! / count);
  const format = step < 60 ? SECONDS : step < 86_400 ? HOURS : DAYS;
  const first = Math.ceil(min / step) * step;
  return Array.from({ length: Math.floor((max - first) / step) + 1 }, (_, at) => ({ value: first + at * step, text: format.format((first + at * step) * 1000) }));
}
