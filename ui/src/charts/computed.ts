import { isComputed, metricTitle, neededMetrics, parseExpression } from "../lib/expression";
import type { Points } from "../lib/points";
import { joinedAt } from "./lines";

/**
 * The histories, and for each run those of the expressions among the metrics. An expression has a point wherever the
 * metric with the most points has one; others count with what they last were.
 */
export function withComputed(series: Points[], metrics: string[]): Points[] {
  const wanted = metrics.filter(isComputed);
  if (wanted.length === 0) return series;
  const shown = series.filter((points) => points.branch === "" && points.values.length > 0);
  const runs = [...new Set(shown.map((points) => points.runId))];
  const computed = wanted.flatMap((metric) => {
    const { keys, value } = parseExpression(metricTitle(metric));
    return runs.flatMap((runId): Points[] => {
      const parts = keys.map((key) => shown.find((points) => points.runId === runId && points.key === key));
      if (parts.includes(undefined)) return [];
      const base = (parts as Points[]).reduce((most, part) => (part.values.length > most.values.length ? part : most));
      const columns = new Map(keys.map((key, at) => [key, parts[at] === base ? base.values : joinedAt(base, parts[at])]));
      const values = Float64Array.from(base.steps, (_, at) => value((key) => columns.get(key)![at]!));
      return [{ ...base, key: metric, count: values.length, values }];
    });
  });
  return [...series, ...computed];
}

/** Which metrics are read to draw these along that one, and why that cannot be, where an expression is none. */
export function toRead(metrics: string[], along: string | null): { read: string[]; readAlong: string[]; problem?: string } {
  try {
    const read = neededMetrics(metrics);
    return { read, readAlong: along === null ? [] : neededMetrics([along]).filter((key) => !read.includes(key)) };
  } catch (error) {
    return { read: metrics.filter((metric) => !isComputed(metric)), readAlong: [], problem: error instanceof Error ? error.message : String(error) };
  }
}
