import type { Value } from "./scales";

/** Five numbers of a set: the whiskers reach the furthest values within one and a half boxes (Tukey). */
export interface BoxOf {
  word: string;
  low: number;
  first: number;
  middle: number;
  third: number;
  high: number;
  values: number[];
}

/** The value below which a share of the sorted numbers lies, between neighbours in proportion. */
export function quantile(sorted: number[], share: number): number {
  const at = (sorted.length - 1) * share;
  const low = Math.floor(at);
  const below = sorted[low]!;
  return below + (sorted[Math.min(sorted.length - 1, low + 1)]! - below) * (at - low);
}

/** A box for each different value of x over the numbers of y, in the order of x. */
export function boxesOf(x: Value[], y: Value[]): BoxOf[] {
  const groups = new Map<string, number[]>();
  x.forEach((word, at) => {
    const value = y[at];
    if (word === null || typeof value !== "number" || !Number.isFinite(value)) return;
    const group = groups.get(String(word));
    if (group) group.push(value);
    else groups.set(String(word), [value]);
  });
  return [...groups]
    .sort(([a], [b]) => Number(a) - Number(b) || a.localeCompare(b, "en", { numeric: true }))
    .map(([word, values]) => {
      const sorted = [...values].sort((a, b) => a - b);
      const [first, middle, third] = [0.25, 0.5, 0.75].map((share) => quantile(sorted, share)) as [number, number, number];
      const reach = (third - first) * 1.5;
      return {
        word,
        first,
        middle,
        third,
        low: sorted.find((value) => value >= first - reach) ?? first,
        high: sorted.findLast((value) => value <= third + reach) ?? third,
        values: sorted,
      };
    });
}

export interface Spot {
  x: number;
  y: number;
  z: number;
}

/**
 * A field of values over the unit square, drawn between spots in proportion to their nearness (Shepard, power 2);
 * rows from the bottom. Only what lies close to a spot is more than a guess.
 */
export function fieldOf(spots: Spot[], size: number): Float64Array {
  const field = new Float64Array(size * size);
  for (let row = 0; row < size; row++) {
    for (let column = 0; column < size; column++) {
      const [x, y] = [column / (size - 1), row / (size - 1)];
      let sum = 0;
      let weights = 0;
      for (const spot of spots) {
        const away = (spot.x - x) ** 2 + (spot.y - y) ** 2;
        const weight = 1 / (away + 1e-9);
        sum += weight * spot.z;
        weights += weight;
      }
      field[row * size + column] = sum / weights;
    }
  }
  return field;
}
