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

/** The history of some metrics of some runs. `live` reads it again every few seconds. */
export function metricSeries(runIds: string[], keys: string[], live: boolean) {
  return queryOptions({
    queryKey: ["series", runIds, keys],
    queryFn: async ({ signal }) => {
      const { series } = await send("POST flowmill/1/metrics/series", { run_ids: runIds, keys, points: POINTS }, signal);
      return series.map(pointsOf);
    },
    enabled: runIds.length > 0 && keys.length > 0,
    refetchInterval: live ? 4000 : false,
    staleTime: live ? 0 : 60_000,
  });
}
