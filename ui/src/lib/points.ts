import type { Series } from "../api/schema";
import { toNumber } from "./numbers";

/** One metric of one run as columns, ready to draw. `values` holds NaN and infinities as they were logged. */
export interface Points {
  runId: string;
  key: string;
  /** The branch of a run that hides these points; empty for what it shows. */
  branch: string;
  /** How many points were logged; the columns may hold fewer, with every extreme kept. */
  count: number;
  steps: Float64Array;
  /** ms since epoch, UTC */
  timestamps: Float64Array;
  values: Float64Array;
  /** Another metric of the run at the same points, when that is what a chart runs along. */
  across?: Float64Array;
}

export function pointsOf(series: Series): Points {
  return {
    runId: series.run_id,
    key: series.key,
    branch: series.branch_id ?? "",
    count: series.count,
    steps: Float64Array.from(series.steps),
    timestamps: Float64Array.from(series.timestamps),
    values: Float64Array.from(series.values, toNumber),
  };
}
