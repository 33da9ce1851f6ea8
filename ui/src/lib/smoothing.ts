/** How a curve is smoothed: by all that came before, or by what lies around each point. */
export const SMOOTHINGS = ["exponential", "gaussian", "mean"] as const;
export type Smoothing = (typeof SMOOTHINGS)[number];

/**
 * A curve made smoother. `weight` is between 0 (nothing changes) and just under 1, and whatever the kind as much of the
 * noise is left. NaN and infinities stay where they are and are stepped over.
 */
export function smoothed(values: Float64Array, weight: number, kind: Smoothing = "exponential"): Float64Array {
  if (weight <= 0) return values;
  if (kind === "exponential") return exponential(values, weight);
  return around(values, kind === "mean" ? flat(smoothedPoints(weight)) : bell(smoothedPoints(weight)));
}

/** Of how many points the mean is as smooth as an exponential average of this weight. */
export function smoothedPoints(weight: number): number {
  return Math.max(1, Math.round((1 + weight) / (1 - weight)));
}

/** With its start corrected, so that the first values are not drawn towards zero. */
function exponential(values: Float64Array, weight: number): Float64Array {
  const out = new Float64Array(values.length);
  let last = 0;
  let seen = 0;
  for (let at = 0; at < values.length; at++) {
    const value = values[at]!;
    if (!Number.isFinite(value)) {
      out[at] = value;
      continue;
    }
    last = last * weight + (1 - weight) * value;
    seen += 1;
    out[at] = last / (1 - weight ** seen);
  }
  return out;
}

/** How much a point counts by how far away it is; of an even number the two outermost count half. */
function flat(points: number): number[] {
  const reach = Math.floor(points / 2);
  return Array.from({ length: reach + 1 }, (_, away) => (away === reach && points % 2 === 0 ? 0.5 : 1));
}

/** A bell that leaves as much of the noise as a mean of so many points does. */
function bell(points: number): number[] {
  const width = points / (2 * Math.sqrt(Math.PI));
  return Array.from({ length: Math.ceil(3 * width) + 1 }, (_, away) => Math.exp(-((away / width) ** 2) / 2));
}

/** At both ends fewer points count, and those evenly. */
function around(values: Float64Array, shares: number[]): Float64Array {
  const out = new Float64Array(values.length);
  for (let at = 0; at < values.length; at++) {
    if (!Number.isFinite(values[at]!)) {
      out[at] = values[at]!;
      continue;
    }
    let sum = 0;
    let whole = 0;
    const last = Math.min(values.length - 1, at + shares.length - 1);
    for (let other = Math.max(0, at - shares.length + 1); other <= last; other++) {
      const value = values[other]!;
      if (!Number.isFinite(value)) continue;
      const share = shares[Math.abs(other - at)]!;
      sum += value * share;
      whole += share;
    }
    out[at] = sum / whole;
  }
  return out;
}
