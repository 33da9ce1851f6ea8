import type { Band } from "../lib/viewState";
import type { Line } from "./lines";

/** The mean of some curves, and how far they are apart around it; columns of equal length over `line.x`. */
export interface Spread {
  line: Line;
  low: (number | null)[];
  high: (number | null)[];
}

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
    const middle = values.length > 0 ? values.reduce((sum, value) => sum + value, 0) / values.length : null;
    mean.push(middle);
    if (middle === null || band === "none") {
      low.push(null);
      high.push(null);
    } else if (band === "range") {
      low.push(Math.min(...values));
      high.push(Math.max(...values));
    } else {
      const squares = values.reduce((sum, value) => sum + (value - middle) ** 2, 0);
      const deviation = values.length > 1 ? Math.sqrt(squares / (values.length - 1)) : 0;
      low.push(middle - deviation);
      high.push(middle + deviation);
    }
  }
  return { line: { x: Float64Array.from(places), y: mean, broken: lines.flatMap((line) => line.broken) }, low, high };
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
