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

/** Metrics by the part of their name before the last "/", those without one first. */
export function sectionsOf(keys: string[]): { title: string; keys: string[] }[] {
  const sections = new Map<string, string[]>();
  for (const key of keys) {
    const slash = key.lastIndexOf("/");
    const title = slash > 0 ? key.slice(0, slash) : "";
    const section = sections.get(title);
    if (section) section.push(key);
    else sections.set(title, [key]);
  }
  return [...sections]
    .sort(([a], [b]) => rank(a) - rank(b) || a.localeCompare(b, "en", { numeric: true }))
    .map(([title, names]) => ({ title, keys: names.sort((a, b) => a.localeCompare(b, "en", { numeric: true })) }));
}

/** The machine's own figures are read last. */
function rank(title: string): number {
  if (title === "") return 0;
  return title === "system" || title.startsWith("system/") ? 2 : 1;
}
