/**
 * Exponential moving average with its start corrected, so that the first values are not drawn towards zero.
 * `weight` is between 0 (nothing changes) and just under 1. NaN and infinities stay where they are and are stepped over.
 */
export function smoothed(values: Float64Array, weight: number): Float64Array {
  if (weight <= 0) return values;
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
