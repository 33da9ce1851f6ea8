import type { Points } from "../lib/points";
import { type Smoothing, smoothed } from "../lib/smoothing";
import { isMoment } from "../lib/time";
import type { ChartX, LogAxis } from "../lib/viewState";

/** One run's curve, ready to be laid beside others. x ascends; y has null where there is nothing to draw. */
export interface Line {
  x: Float64Array;
  y: (number | null)[];
  /** Where a value was logged that is no number. */
  broken: Lost[];
}

/** A place on the horizontal axis, and which way a value is out of reach: up or down for infinities, 0 for NaN. */
export interface Lost {
  x: number;
  way: -1 | 0 | 1;
}

export interface LineLook {
  axis: ChartX;
  smooth: number;
  smoothing: Smoothing;
  log: LogAxis;
  xlog: boolean;
}

/** The x values of a series: steps, seconds since epoch, seconds since its first point, or another metric. */
function across(points: Points, axis: ChartX): Float64Array {
  if (axis === "step") return points.steps;
  if (axis !== "time" && axis !== "relative") return points.across ?? new Float64Array(points.values.length).fill(Number.NaN);
  const first = points.timestamps.length > 0 ? points.timestamps.reduce((least, time) => Math.min(least, time)) : 0;
  // What no calendar has is nowhere along it.
  if (axis === "time") return points.timestamps.map((time) => (isMoment(time) ? time / 1000 : Number.NaN));
  return points.timestamps.map((time) => (time - first) / 1000);
}

/** A curve of a series. Not-a-number, infinities and, on a log axis, what is not positive become gaps. */
export function lineOf(points: Points, look: LineLook): Line {
  const all = across(points, look.axis);
  const order = inOrder(all, look.xlog);
  const values = smoothed(order ? Float64Array.from(order, (at) => points.values[at]!) : points.values, look.smooth, look.smoothing);
  const x = order ? Float64Array.from(order, (at) => all[at]!) : all;
  const broken: Lost[] = [];
  const y = Array.from(values, (value, at) => {
    if (!Number.isFinite(value)) broken.push({ x: x[at]!, way: Number.isNaN(value) ? 0 : value > 0 ? 1 : -1 });
    return Number.isFinite(value) && (look.log !== true || value > 0) ? value : null;
  });
  return { x, y, broken };
}

/** The order that makes x ascend, without points that have no place on the axis; null when all are in order already. */
function inOrder(x: Float64Array, positive: boolean): number[] | null {
  const hasPlace = (at: number) => Number.isFinite(x[at]!) && (!positive || x[at]! > 0);
  let ascends = true;
  for (let at = 0; at < x.length && ascends; at++) ascends = hasPlace(at) && (at === 0 || x[at]! >= x[at - 1]!);
  if (ascends) return null;
  return Array.from(x.keys())
    .filter(hasPlace)
    .sort((a, b) => x[a]! - x[b]! || a - b);
}

/** The value of another metric at each point: what it last was at or before that step; NaN before its first. */
export function joinedAt(points: Points, other: Points | undefined): Float64Array {
  const found = new Float64Array(points.steps.length).fill(Number.NaN);
  if (!other) return found;
  const order = Array.from(other.steps.keys()).sort((a, b) => other.steps[a]! - other.steps[b]! || a - b);
  const mine = Array.from(points.steps.keys()).sort((a, b) => points.steps[a]! - points.steps[b]!);
  let next = 0;
  for (const at of mine) {
    while (next < order.length && other.steps[order[next]!]! <= points.steps[at]!) next++;
    if (next > 0) found[at] = other.values[order[next - 1]!]!;
  }
  return found;
}

/** Curves over the x values of all of them; undefined where a curve has no point, null where it has a gap. */
export function aligned(lines: Line[]): [number[], ...(number | null | undefined)[][]] {
  const all = new Set<number>();
  for (const line of lines) for (const x of line.x) all.add(x);
  const xs = [...all].sort((a, b) => a - b);
  const place = new Map(xs.map((x, at) => [x, at]));
  const columns = lines.map((line) => {
    const column: (number | null | undefined)[] = Array.from({ length: xs.length });
    // A step that was logged again is drawn once, with what was logged last.
    for (let at = 0; at < line.x.length; at++) column[place.get(line.x[at]!)!] = line.y[at];
    return column;
  });
  return [xs, ...columns];
}

/** The values between the highest and lowest hundredth; a chart of a few points keeps all of them. */
export function trimmedRange(columns: (number | null | undefined)[][]): [number, number] | null {
  const values = columns.flat().filter((value): value is number => typeof value === "number");
  if (values.length < 20) return null;
  values.sort((a, b) => a - b);
  return [values[Math.floor(values.length * 0.01)]!, values[Math.ceil(values.length * 0.99) - 1]!];
}
