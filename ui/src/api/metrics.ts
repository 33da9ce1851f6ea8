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
  /** Another metric of the run at the same points, when that is what a chart runs along. */
  across?: Float64Array;
}

/** A stretch of steps, or of ms since epoch, that is looked at closely. */
export interface Stretch {
  x: "step" | "time";
  start: number;
  end: number;
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

/** A stretch of some histories in as much detail as a chart can show. */
export function closeSeries(runIds: string[], keys: string[], stretch: Stretch | null) {
  return queryOptions({
    queryKey: ["series", runIds, keys, stretch],
    queryFn: async ({ signal }) => {
      const { x, start, end } = stretch ?? { x: "step" as const, start: 0, end: 0 };
      const { series } = await send("POST flowmill/1/metrics/series", { run_ids: runIds, keys, points: POINTS, x, start, end }, signal);
      return series.map(pointsOf);
    },
    enabled: stretch !== null && runIds.length > 0,
    staleTime: 60_000,
  });
}
