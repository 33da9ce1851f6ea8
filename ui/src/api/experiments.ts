import { infiniteQueryOptions, queryOptions, useMutation, useQueryClient } from "@tanstack/react-query";

import { experimentFilter } from "../lib/filter";
import { send } from "./http";


export const NOTE_TAG = "mlflow.note.content";

const experimentKeys = {
  all: ["experiments"] as const,
  list: (text: string, deleted: boolean, order: string) => ["experiments", "list", text, deleted, order] as const,
  one: (id: string) => ["experiments", "one", id] as const,
};

const NEWEST = "last_update_time DESC";

export type ExperimentView = "ACTIVE_ONLY" | "DELETED_ONLY";

function search(text: string, view: ExperimentView, size: number, token: string, signal: AbortSignal, order = NEWEST) {
  return send(
    "POST 2.0/mlflow/experiments/search",
    {
      max_results: size,
      view_type: view,
      order_by: [order],
      ...(text.trim() ? { filter: experimentFilter(text) } : {}),
      ...(token ? { page_token: token } : {}),
    },
    signal,
  );
}

/** Experiments whose name, or with "team=growth" whose tag, contains the text, a page at a time. `order`: as MLflow's `order_by`. */
export function experimentList(text: string, deleted: boolean, order = NEWEST) {
  return infiniteQueryOptions({
    queryKey: experimentKeys.list(text, deleted, order),
    queryFn: ({ pageParam, signal }) => search(text, deleted ? "DELETED_ONLY" : "ACTIVE_ONLY", 100, pageParam, signal, order),
    initialPageParam: "",
    getNextPageParam: (page) => page.next_page_token,
  });
}

/** The first experiments that match, for the command palette and pickers. */
export function experimentMatches(text: string) {
  return queryOptions({
    queryKey: [...experimentKeys.all, "matches", text],
    queryFn: async ({ signal }) => (await search(text, "ACTIVE_ONLY", 50, "", signal)).experiments ?? [],
    staleTime: 10_000,
  });
}

export function experiment(id: string) {
  return queryOptions({
    queryKey: experimentKeys.one(id),
    queryFn: async ({ signal }) =>
      (await send("GET 2.0/mlflow/experiments/get", { experiment_id: id }, signal)).experiment,
    staleTime: 10_000,
  });
}

export type ExperimentChange =
  | { do: "create"; name: string; location?: string }
  | { do: "rename"; id: string; name: string }
  | { do: "delete" | "restore"; id: string }
  | { do: "tag"; id: string; key: string; value: string }
  | { do: "untag"; id: string; key: string };

async function change(wish: ExperimentChange): Promise<{ experiment_id?: string }> {
  switch (wish.do) {
    case "create":
      return send("POST 2.0/mlflow/experiments/create", { name: wish.name, ...(wish.location ? { artifact_location: wish.location } : {}) });
    case "rename":
      return send("POST 2.0/mlflow/experiments/update", { experiment_id: wish.id, new_name: wish.name });
    case "delete":
      return send("POST 2.0/mlflow/experiments/delete", { experiment_id: wish.id });
    case "restore":
      return send("POST 2.0/mlflow/experiments/restore", { experiment_id: wish.id });
    case "tag":
      return send("POST 2.0/mlflow/experiments/set-experiment-tag", { experiment_id: wish.id, key: wish.key, value: wish.value });
    case "untag":
      return send("POST 2.0/mlflow/experiments/delete-experiment-tag", { experiment_id: wish.id, key: wish.key });
  }
}

/** Any change of an experiment; every list and page of experiments is read again after it. */
export function useChangeExperiment() {
  const cache = useQueryClient();
  return useMutation({
    mutationFn: change,
    onSuccess: () => cache.invalidateQueries({ queryKey: experimentKeys.all }),
  });
}
