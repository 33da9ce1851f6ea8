import { queryOptions } from "@tanstack/react-query";

import { pointsOf } from "../lib/points";
import { send } from "./http";

/** A stretch of steps, or of ms since epoch, that is looked at closely. */
export interface Stretch {
  x: "step" | "time";
  start: number;
  end: number;
}

/**
 * So many points of each history, or of each of very many, of which a chart has no more to show: of each pixel the least
 * and the greatest, also in the whole window.
 */
const POINTS = 1000;
const POINTS_OF_WINDOW = 3000;
const POINTS_OF_MANY = 300;
const MANY = 200;

/** The history of some metrics of some runs, `hidden`: and of what they hide. `every`: ms until it is read again, while the runs go on. */
export function metricSeries(runIds: string[], keys: string[], every: number | false, hidden = false, isLarge = false) {
  const isMany = runIds.length * keys.length > MANY;
  const points = isMany ? POINTS_OF_MANY : isLarge ? POINTS_OF_WINDOW : POINTS;
  return queryOptions({
    queryKey: ["series", runIds, keys, { hidden, points }],
    queryFn: async ({ signal }) => {
      const { series } = await send("POST flowmill/1/metrics/series", { run_ids: runIds, keys, points, ...(hidden ? { hidden } : {}) }, signal);
      return series.map(pointsOf);
    },
    enabled: runIds.length > 0 && keys.length > 0,
    refetchInterval: every,
    staleTime: every === false ? 60_000 : 0,
  });
}

/** A stretch of some histories in as much detail as a chart can show. */
export function closeSeries(runIds: string[], keys: string[], stretch: Stretch | null, isLarge = false) {
  const points = isLarge && runIds.length * keys.length <= MANY ? POINTS_OF_WINDOW : POINTS;
  return queryOptions({
    queryKey: ["series", runIds, keys, stretch, points],
    queryFn: async ({ signal }) => {
      const { x, start, end } = stretch ?? { x: "step" as const, start: 0, end: 0 };
      const { series } = await send("POST flowmill/1/metrics/series", { run_ids: runIds, keys, points, x, start, end }, signal);
      return series.map(pointsOf);
    },
    enabled: stretch !== null && runIds.length > 0,
    staleTime: 60_000,
  });
}
