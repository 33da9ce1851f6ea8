import { queryOptions } from "@tanstack/react-query";

import { send } from "./http";
import type { DatasetSummary } from "./schema";

/** The datasets that runs of experiments used, each once, by name. */
export function usedDatasets(experimentIds: string[]) {
  return queryOptions({
    queryKey: ["datasets", experimentIds],
    queryFn: async ({ signal }): Promise<DatasetSummary[]> => {
      const { dataset_summaries: all = [] } = await send("POST 2.0/mlflow/experiments/search-datasets", { experiment_ids: experimentIds.slice(0, 20) }, signal);
      const once = new Map(all.map((each) => [`${each.digest} ${each.name}`, each]));
      return [...once.values()].sort((a, b) => a.name.localeCompare(b.name, "en", { numeric: true }) || a.digest.localeCompare(b.digest));
    },
    staleTime: 30_000,
  });
}
