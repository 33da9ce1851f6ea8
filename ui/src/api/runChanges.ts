import { infiniteQueryOptions } from "@tanstack/react-query";

import { send } from "./http";
import { runKeys } from "./runRows";

const FIRST = 10;
const MORE = 100;

/** What was changed of a run, newest first. */
export function runChanges(id: string) {
  return infiniteQueryOptions({
    queryKey: [...runKeys.one(id), "changes"],
    queryFn: ({ pageParam, signal }) =>
      send("GET flowmill/1/runs/changes", { run_id: id, max_results: pageParam ? MORE : FIRST, ...(pageParam ? { page_token: pageParam } : {}) }, signal),
    initialPageParam: "",
    getNextPageParam: (page) => page.next_page_token,
    staleTime: 30_000,
  });
}
