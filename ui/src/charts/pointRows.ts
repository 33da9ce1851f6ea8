import { wholeNumber } from "../lib/numbers";
import type { Points } from "../lib/points";
import type { ChartRun } from "./MetricPicture";

/** The points of a chart as rows of a table. */
export function pointRows(metrics: string[], runs: ChartRun[], series: Points[]): string[][] {
  const names = new Map(runs.map((run) => [run.id, run.name]));
  const rows = series
    .filter((points) => metrics.includes(points.key) && names.has(points.runId))
    .flatMap((points) =>
      Array.from(points.values, (value, at) => [
        names.get(points.runId) ?? "",
        points.runId,
        ...(metrics.length > 1 ? [points.key] : []),
        String(points.steps[at]),
        new Date(points.timestamps[at] ?? 0).toISOString(),
        wholeNumber(value),
      ]),
    );
  return [["run", "run_id", ...(metrics.length > 1 ? ["metric"] : []), "step", "time", metrics.length > 1 ? "value" : (metrics[0] ?? "value")], ...rows];
}
