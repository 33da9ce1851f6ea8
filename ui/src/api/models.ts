import { infiniteQueryOptions, queryOptions, useMutation, useQueryClient } from "@tanstack/react-query";

import { ApiError, send } from "./http";
import type { LoggedModel, ModelGroups, RunColumns } from "./schema";

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

function searchModels(experimentId: string, filter: string, sort: string, most: number, token: string, signal?: AbortSignal) {
  return send(
    "POST 2.0/mlflow/logged-models/search",
    {
      experiment_ids: [experimentId],
      max_results: most,
      ...(filter ? { filter } : {}),
      ...(sort ? { order_by: [{ field_name: sort.replace(/^-/, ""), ascending: !sort.startsWith("-") }] } : {}),
      ...(token ? { page_token: token } : {}),
    },
    signal,
  );
}

/** The models of an experiment that the filter matches, newest first unless ordered by a field ("-" before it: descending). */
export function modelsOfExperiment(experimentId: string, filter: string, sort: string) {
  return infiniteQueryOptions({
    queryKey: [...loggedModelKeys.all, "of", experimentId, filter, sort],
    queryFn: ({ pageParam, signal }) => searchModels(experimentId, filter, sort, 100, pageParam, signal),
    initialPageParam: "",
    getNextPageParam: (page) => page.next_page_token || undefined,
  });
}

/** Every model that the filter matches, in the same order. */
export async function allModels(experimentId: string, filter: string, sort: string): Promise<LoggedModel[]> {
  const models: LoggedModel[] = [];
  let token = "";
  do {
    const page = await searchModels(experimentId, filter, sort, 1000, token);
    models.push(...(page.models ?? []));
    token = page.next_page_token ?? "";
  } while (token);
  return models;
}

/** The models that match in groups of an equal value; without `by` only how many match. */
export function modelGroups(experimentId: string, filter: string, by: string, metrics: string[]) {
  return queryOptions({
    queryKey: [...loggedModelKeys.all, "groups", experimentId, filter, by, metrics],
    queryFn: ({ signal }): Promise<ModelGroups> => send("POST flowmill/1/logged-models/groups", { experiment_ids: [experimentId], filter, by, metrics }, signal),
  });
}

/** Which metrics, parameters and tags the models of an experiment have. */
export function modelColumns(experimentId: string) {
  return queryOptions({
    queryKey: [...loggedModelKeys.all, "columns", experimentId],
    queryFn: ({ signal }): Promise<RunColumns> => send("POST flowmill/1/logged-models/columns", { experiment_ids: [experimentId] }, signal),
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
