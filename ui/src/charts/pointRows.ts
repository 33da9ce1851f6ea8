import { metricTitle } from "../lib/expression";
import { wholeNumber } from "../lib/numbers";
import type { Points } from "../lib/points";
import { isoTime } from "../lib/time";
import type { Band } from "../lib/viewState";
import type { Curve } from "./LineChart";
import type { LineLook } from "./lines";
import type { ChartRun } from "./MetricPicture";
import { drawnCurve } from "./spread";

/** The points of a chart as rows of a table. */
export function pointRows(metrics: string[], runs: ChartRun[], series: Points[]): string[][] {
  const names = new Map(runs.map((run) => [run.id, run.name]));
  const rows = series
    .filter((points) => metrics.includes(points.key) && names.has(points.runId))
    .flatMap((points) =>
      Array.from(points.values, (value, at) => [
        names.get(points.runId) ?? "",
        points.runId,
        ...(metrics.length > 1 ? [metricTitle(points.key)] : []),
        String(points.steps[at]),
        isoTime(points.timestamps[at] ?? 0),
        wholeNumber(value),
      ]),
    );
  return [["run", "run_id", ...(metrics.length > 1 ? ["metric"] : []), "step", "time", metrics.length > 1 ? "value" : metricTitle(metrics[0] ?? "value")], ...rows];
}

/** What is drawn of groups of runs: where their curves run along, the middle of each and the edges of its band. */
export function groupRows(curves: Curve[], look: LineLook, band: Band): string[][] {
  const axis = look.axis.startsWith("metrics.") ? metricTitle(look.axis.slice("metrics.".length)) : look.axis;
  const rows = curves.flatMap((curve) => {
    const { line, edges } = drawnCurve(curve, look, band);
    const columns = [line.y, ...(band === "none" ? [] : [edges?.low, edges?.high])];
    return Array.from(line.x, (x, at) => [curve.name, String(curve.members.length), wholeNumber(x), ...columns.map((column) => cell(column?.[at]))]);
  });
  return [["group", "runs", axis, band === "quartiles" ? "median" : "mean", ...(band === "none" ? [] : ["low", "high"])], ...rows];
}

function cell(value: number | null | undefined): string {
  return typeof value === "number" ? wholeNumber(value) : "";
}
