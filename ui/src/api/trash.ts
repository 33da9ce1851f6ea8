import { infiniteQueryOptions, queryOptions, useMutation, useQueryClient } from "@tanstack/react-query";

import { send } from "./http";
import type { PurgeReport, PurgeTrash, TrashItem } from "./schema";

const trashKeys = { all: ["trash"] as const };

/** What lies in the trash, last deleted first, a page at a time. */
export const trashList = infiniteQueryOptions({
  queryKey: [...trashKeys.all, "list"],
  queryFn: ({ pageParam, signal }) => send("POST flowmill/1/trash/list", { max_results: 200, page_token: pageParam }, signal),
  initialPageParam: "",
  getNextPageParam: (page) => page.next_page_token,
});

/** Everything, when no items are named. */
function asked(items: TrashItem[] | null): PurgeTrash {
  const ids = (kind: TrashItem["kind"]) => (items ?? []).filter((item) => item.kind === kind).map((item) => item.id);
  return { experiment_ids: ids("experiment"), run_ids: ids("run"), model_ids: ids("logged_model") };
}

/** What would go for good, and what would stay because something needs it. */
export function purgePreview(items: TrashItem[] | null) {
  return queryOptions({
    queryKey: [...trashKeys.all, "preview", items?.map((item) => item.id)],
    queryFn: ({ signal }) => send("POST flowmill/1/trash/purge", { ...asked(items), dry_run: true }, signal),
    staleTime: 0,
    gcTime: 0,
  });
}

async function purge(items: TrashItem[] | null): Promise<PurgeReport> {
  let report = await send("POST flowmill/1/trash/purge", asked(items));
  const sum = { ...report };
  while (report.more) {
    report = await send("POST flowmill/1/trash/purge", { ...asked(items), again: true });
    sum.runs += report.runs;
    sum.experiments += report.experiments;
    sum.logged_models += report.logged_models;
    sum.bytes = (sum.bytes ?? 0) + (report.bytes ?? 0);
  }
  return sum;
}

function restore(item: TrashItem): Promise<unknown> {
  if (item.kind === "run") return send("POST flowmill/1/runs/restore", { run_ids: [item.id], below: true });
  if (item.kind === "experiment") return send("POST 2.0/mlflow/experiments/restore", { experiment_id: item.id });
  return send("POST flowmill/1/logged-models/restore", { model_id: item.id });
}

export type TrashChange = { do: "restore"; items: TrashItem[] } | { do: "purge"; items: TrashItem[] | null };

/** Takes out of the trash or frees for good; everything on the page may be touched by it. */
export function useChangeTrash() {
  const cache = useQueryClient();
  return useMutation({
    mutationFn: async (wish: TrashChange): Promise<PurgeReport | null> => {
      if (wish.do === "purge") return purge(wish.items);
      // Experiments first: what lies in one can only be used once it is back.
      const ordered = [...wish.items].sort((a, b) => Number(b.kind === "experiment") - Number(a.kind === "experiment"));
      for (const item of ordered) await restore(item);
      return null;
    },
    onSettled: () => cache.invalidateQueries(),
  });
}
