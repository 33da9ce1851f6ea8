import type { Points } from "../api/metrics";
import { smoothed } from "../lib/smoothing";
import type { ChartX } from "../lib/viewState";

/** One run's curve, ready to be laid beside others. x ascends; y has null where there is nothing to draw. */
export interface Line {
  x: Float64Array;
  y: (number | null)[];
}

/** The x values of a series: steps, seconds since epoch, or seconds since its first point. */
function across(points: Points, axis: ChartX): Float64Array {
  if (axis === "step") return points.steps;
  const first = points.timestamps.length > 0 ? Math.min(...points.timestamps) : 0;
  return points.timestamps.map((time) => (time - (axis === "relative" ? first : 0)) / 1000);
}

/** A curve of a series. Not-a-number, infinities and, on a log axis, what is not positive become gaps. */
export function lineOf(points: Points, axis: ChartX, smooth: number, log: boolean): Line {
  const x = across(points, axis);
  const order = inOrder(x);
  const values = smoothed(order ? Float64Array.from(order, (at) => points.values[at]!) : points.values, smooth);
  const y = Array.from(values, (value) => (Number.isFinite(value) && (!log || value > 0) ? value : null));
  return { x: order ? Float64Array.from(order, (at) => x[at]!) : x, y };
}

/** The order that makes x ascend, or null when it does already. */
function inOrder(x: Float64Array): number[] | null {
  let ascends = true;
  for (let at = 1; at < x.length && ascends; at++) ascends = x[at]! >= x[at - 1]!;
  if (ascends) return null;
  return Array.from(x.keys()).sort((a, b) => x[a]! - x[b]! || a - b);
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
