import { queryOptions } from "@tanstack/react-query";

import { pointsOf } from "../lib/points";
import { send } from "./http";

/** A stretch of steps, or of ms since epoch, that is looked at closely. */
export interface Stretch {
  x: "step" | "time";
  start: number;
  end: number;
}

/** So many points of each history, or of each of very many, of which a chart has no more to show. */
const POINTS = 1000;
const POINTS_OF_MANY = 300;
const MANY = 200;

/** The history of some metrics of some runs, `hidden`: and of what they hide. `every`: ms until it is read again, while the runs go on. */
export function metricSeries(runIds: string[], keys: string[], every: number | false, hidden = false) {
  return queryOptions({
    queryKey: ["series", runIds, keys, { hidden }],
    queryFn: async ({ signal }) => {
      const { series } = await send("POST flowmill/1/metrics/series", { run_ids: runIds, keys, points: runIds.length * keys.length > MANY ? POINTS_OF_MANY : POINTS, ...(hidden ? { hidden } : {}) }, signal);
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
