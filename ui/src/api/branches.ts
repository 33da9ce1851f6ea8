import { queryOptions, useMutation, useQueryClient } from "@tanstack/react-query";

import { send } from "./http";
import { runKeys } from "./runRows";

/** What a run hides, hidden last first. */
export function hiddenBranches(runId: string) {
  return queryOptions({
    queryKey: [...runKeys.one(runId), "branches"],
    queryFn: async ({ signal }) => (await send("GET flowmill/1/runs/branches", { run_id: runId }, signal)).branches ?? [],
  });
}

/** Brings a branch back; the answer is what is hidden in its place. Histories are read again. */
export function useRestoreBranch(runId: string) {
  const cache = useQueryClient();
  return useMutation({
    mutationFn: async (branchId: string) => (await send("POST flowmill/1/runs/branches/restore", { run_id: runId, branch_id: branchId })).branches ?? [],
    onSettled: () => Promise.all([cache.invalidateQueries({ queryKey: runKeys.all }), cache.invalidateQueries({ queryKey: ["series"] })]),
  });
}
