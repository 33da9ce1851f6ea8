import type { Band } from "../lib/viewState";
import type { Curve } from "./LineChart";
import { type Line, lineOf, type LineLook } from "./lines";

/** The mean of some curves, or their median, and how far they are apart around it; columns of equal length over `line.x`. */
export interface Spread {
  line: Line;
  low: (number | null)[];
  high: (number | null)[];
}

export type Heights = (number | null)[];

/** As many places along an axis as can be told apart. */
const MOST_PLACES = 1000;

/**
 * The mean of curves over the places of all of them. Between its points a curve is taken to be straight; before its
 * first and after its last it counts for nothing, so that a run that ended early does not pull the mean along.
 */
export function spreadOf(lines: Line[], band: Band): Spread {
  const places = thinned([...new Set(lines.flatMap((line) => [...line.x]))].sort((a, b) => a - b));
  const columns = lines.map((line) => valuesAt(line, places));
  const mean: (number | null)[] = [];
  const low: (number | null)[] = [];
  const high: (number | null)[] = [];
  for (let at = 0; at < places.length; at++) {
    const values = columns.map((column) => column[at]!).filter((value) => !Number.isNaN(value));
    if (band === "quartiles") values.sort((a, b) => a - b);
    const middle = values.length === 0 ? null : band === "quartiles" ? quantile(values, 0.5) : values.reduce((sum, value) => sum + value, 0) / values.length;
    mean.push(middle);
    if (middle === null || band === "none") {
      low.push(null);
      high.push(null);
    } else if (band === "quartiles") {
      low.push(quantile(values, 0.25));
      high.push(quantile(values, 0.75));
    } else if (band === "range") {
      low.push(Math.min(...values));
      high.push(Math.max(...values));
    } else {
      const squares = values.reduce((sum, value) => sum + (value - middle) ** 2, 0);
      const deviation = values.length > 1 ? Math.sqrt(squares / (values.length - 1)) : 0;
      const away = band === "confidence" && values.length > 1 ? (studentT(values.length - 1) * deviation) / Math.sqrt(values.length) : deviation;
      low.push(middle - away);
      high.push(middle + away);
    }
  }
  return { line: { x: Float64Array.from(places), y: mean, broken: lines.flatMap((line) => line.broken) }, low, high };
}

/** Of ascending values; between two of them on the straight line. */
function quantile(values: number[], share: number): number {
  const place = (values.length - 1) * share;
  const below = values[Math.floor(place)]!;
  return below + (values[Math.ceil(place)]! - below) * (place % 1);
}

const T_OF_FEW = [12.706, 4.303, 3.182, 2.776, 2.571];
const Z = 1.959964;

/** How many standard errors around a mean hold 95 % of its draws. Of more than a few, by the expansion in 1/n of Abramowitz and Stegun, 26.7.5. */
export function studentT(freedom: number): number {
  return (
    T_OF_FEW[freedom - 1] ??
    Z + (Z ** 3 + Z) / (4 * freedom) + (5 * Z ** 5 + 16 * Z ** 3 + 3 * Z) / (96 * freedom ** 2) + (3 * Z ** 7 + 19 * Z ** 5 + 17 * Z ** 3 - 15 * Z) / (384 * freedom ** 3)
  );
}

/** A curve less another one at the same places. Where the other one is not, there is nothing to tell. */
export function lineMinus(line: Line, other: Line): Line {
  const taken = valuesAt(other, line.x);
  const y = line.y.map((value, at) => (value === null || value === undefined || Number.isNaN(taken[at]) ? null : value - taken[at]!));
  return { x: line.x, y, broken: line.broken };
}

/** A curve's value at each of these ascending places, NaN where it has none. */
function valuesAt(line: Line, places: ArrayLike<number>): Float64Array {
  const found = new Float64Array(places.length).fill(Number.NaN);
  const known = Array.from(line.x.keys()).filter((at) => typeof line.y[at] === "number");
  let next = 0;
  for (let at = 0; at < places.length; at++) {
    const place = places[at]!;
    while (next < known.length && line.x[known[next]!]! < place) next++;
    const after = known[next];
    if (after === undefined) break;
    const right = line.x[after]!;
    if (right === place) {
      // A place that was logged again has the value that was logged last.
      let last = next;
      while (last + 1 < known.length && place === line.x[known[last + 1]!]) last++;
      found[at] = line.y[known[last]!]!;
      continue;
    }
    const before = known[next - 1];
    if (before === undefined) continue;
    const left = line.x[before]!;
    const share = (place - left) / (right - left);
    found[at] = line.y[before]! + (line.y[after]! - line.y[before]!) * share;
  }
  return found;
}

function thinned(places: number[]): number[] {
  if (places.length <= MOST_PLACES) return places;
  const step = (places.length - 1) / (MOST_PLACES - 1);
  return Array.from({ length: MOST_PLACES }, (_, at) => places[Math.round(at * step)]!);
}

/** A curve as it is drawn, and the edges of its band if it is of several runs. */
export function drawnCurve(curve: Curve, look: LineLook, band: Band): { line: Line; edges?: { low: Heights; high: Heights } } {
  const lines = curve.members.map((points) => {
    const line = lineOf(points, look);
    return curve.minus ? lineMinus(line, lineOf(curve.minus, look)) : line;
  });
  if (lines.length === 1) return { line: lines[0]! };
  const { line, low, high } = spreadOf(lines, band);
  // Below zero a logarithmic axis has no place; the band then reaches down to its foot.
  const onAxis = (heights: Heights) => (look.log === true ? heights.map((value) => (value !== null && value <= 0 ? null : value)) : heights);
  return band === "none" ? { line } : { line, edges: { low: onAxis(low), high: onAxis(high) } };
}
