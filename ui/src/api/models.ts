import { infiniteQueryOptions, queryOptions, useMutation, useQueryClient } from "@tanstack/react-query";

import { ApiError, send } from "./http";
import type { LoggedModel } from "./schema";

export const loggedModelKeys = {
  all: ["logged-models"] as const,
  one: (id: string) => ["logged-models", "one", id] as const,
};

export function loggedModel(id: string) {
  return queryOptions({
    queryKey: loggedModelKeys.one(id),
    queryFn: async ({ signal }) =>
      (await send("GET 2.0/mlflow/logged-models/{model_id}", { model_id: id }, signal)).model,
  });
}

/** The models that a run logged. One that was deleted since is left out. */
export function loggedModels(ids: string[]) {
  return queryOptions({
    queryKey: [...loggedModelKeys.all, "some", ids],
    queryFn: async ({ signal }): Promise<LoggedModel[]> => {
      const answers = await Promise.allSettled(
        ids.map((id) => send("GET 2.0/mlflow/logged-models/{model_id}", { model_id: id }, signal)),
      );
      return answers.flatMap((answer) => {
        if (answer.status === "fulfilled") return [answer.value.model];
        if (answer.reason instanceof ApiError && answer.reason.isMissing) return [];
        throw answer.reason;
      });
    },
    enabled: ids.length > 0,
  });
}

/** The models of an experiment that the filter matches, newest first unless ordered by a field ("-" before it: descending). */
export function modelsOfExperiment(experimentId: string, filter: string, sort: string) {
  return infiniteQueryOptions({
    queryKey: [...loggedModelKeys.all, "of", experimentId, filter, sort],
    queryFn: ({ pageParam, signal }) =>
      send(
        "POST 2.0/mlflow/logged-models/search",
        {
          experiment_ids: [experimentId],
          max_results: 100,
          ...(filter ? { filter } : {}),
          ...(sort ? { order_by: [{ field_name: sort.replace(/^-/, ""), ascending: !sort.startsWith("-") }] } : {}),
          ...(pageParam ? { page_token: pageParam } : {}),
        },
        signal,
      ),
    initialPageParam: "",
    getNextPageParam: (page) => page.next_page_token || undefined,
  });
}

export type LoggedModelChange =
  | { do: "tag"; id: string; key: string; value: string }
  | { do: "untag"; id: string; key: string }
  | { do: "delete" | "restore"; id: string };

async function change(wish: LoggedModelChange): Promise<unknown> {
  switch (wish.do) {
    case "tag":
      return send("PATCH 2.0/mlflow/logged-models/{model_id}/tags", { model_id: wish.id, tags: [{ key: wish.key, value: wish.value }] });
    case "untag":
      return send("DELETE 2.0/mlflow/logged-models/{model_id}/tags/{tag_key}", { model_id: wish.id, tag_key: wish.key });
    case "delete":
      return send("DELETE 2.0/mlflow/logged-models/{model_id}", { model_id: wish.id });
    case "restore":
      return send("POST flowmill/1/logged-models/restore", { model_id: wish.id });
  }
}

/** Any change of a logged model; whatever shows one is read again. */
export function useChangeLoggedModel() {
  const cache = useQueryClient();
  return useMutation({
    mutationFn: change,
    onSettled: (_, __, wish) => {
      // Of one that was just deleted nothing more is asked: its page is left.
      if (wish.do === "delete") cache.removeQueries({ queryKey: loggedModelKeys.one(wish.id) });
      return cache.invalidateQueries({ queryKey: loggedModelKeys.all });
    },
  });
}
