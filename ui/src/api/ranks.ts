import { queryOptions } from "@tanstack/react-query";

import { send } from "./http";
import { runKeys } from "./runRows";

/** The processes that have a run open together, or had. `every`: ms until they are asked for again, while the run goes on. */
export function ranks(runId: string, every: number | false) {
  return queryOptions({
    queryKey: [...runKeys.one(runId), "ranks"],
    queryFn: async ({ signal }) => (await send("GET flowmill/1/runs/ranks", { run_id: runId }, signal)).ranks ?? [],
    refetchInterval: every,
  });
}
