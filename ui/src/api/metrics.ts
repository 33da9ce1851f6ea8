import { queryOptions } from "@tanstack/react-query";

import { toNumber } from "../lib/numbers";
import { send } from "./http";
import type { Series } from "./schema";

/** One metric of one run as columns, ready to draw. `values` holds NaN and infinities as they were logged. */
export interface Points {
  runId: string;
  key: string;
  /** How many points were logged; the columns may hold fewer, with every extreme kept. */
  count: number;
  steps: Float64Array;
  /** ms since epoch, UTC */
  timestamps: Float64Array;
  values: Float64Array;
}

const POINTS = 1000;

function pointsOf(series: Series): Points {
  return {
    runId: series.run_id,
    key: series.key,
    count: series.count,
    steps: Float64Array.from(series.steps),
    timestamps: Float64Array.from(series.timestamps),
    values: Float64Array.from(series.values, toNumber),
  };
}

/** The history of some metrics of some runs. `every`: ms until it is read again, while the runs go on. */
export function metricSeries(runIds: string[], keys: string[], every: number | false) {
  return queryOptions({
    queryKey: ["series", runIds, keys],
    queryFn: async ({ signal }) => {
      const { series } = await send("POST flowmill/1/metrics/series", { run_ids: runIds, keys, points: POINTS }, signal);
      return series.map(pointsOf);
    },
    enabled: runIds.length > 0 && keys.length > 0,
    refetchInterval: every,
    staleTime: every === false ? 60_000 : 0,
  });
}
