import { infiniteQueryOptions, queryOptions, useMutation, useQueryClient } from "@tanstack/react-query";

import { quoteText } from "../lib/filter";
import { modelFilter } from "../lib/registry";
import { ApiError, send } from "./http";
import { loggedModelKeys } from "./models";
import { readRows, rowsOf, runKeys } from "./runRows";
import type { KeyValue, ModelVersion, RegistryEventKind } from "./schema";

const registryKeys = {
  all: ["registry"] as const,
  list: (text: string, order: string) => ["registry", "list", text, order] as const,
  model: (name: string) => ["registry", "model", name] as const,
  versions: (name: string) => ["registry", "model", name, "versions"] as const,
  version: (name: string, version: string) => ["registry", "model", name, "version", version] as const,
};

function search(text: string, size: number, token: string, signal: AbortSignal, order = "") {
  return send(
    "GET 2.0/mlflow/registered-models/search",
    {
      max_results: size,
      ...(text ? { filter: modelFilter(text) } : {}),
      ...(order ? { order_by: [order] } : {}),
      ...(token ? { page_token: token } : {}),
    },
    signal,
  );
}

/** Models whose name contains the text, or those that match if it is a filter. `order`: as MLflow's `order_by`. */
export function modelList(text: string, order: string) {
  return infiniteQueryOptions({
    queryKey: registryKeys.list(text, order),
    queryFn: ({ pageParam, signal }) => search(text, 100, pageParam, signal, order),
    initialPageParam: "",
    getNextPageParam: (page) => page.next_page_token,
  });
}

const MOST_OFFERED = 20;

export function modelMatches(text: string) {
  return queryOptions({
    queryKey: [...registryKeys.all, "matches", text],
    queryFn: async ({ signal }) => (await search(text, MOST_OFFERED, "", signal)).registered_models ?? [],
    staleTime: 10_000,
  });
}

/** So many of an experiment's newest runs that were registered tell which models are used there. */
const MOST_RUNS = 200;

/** The models as which runs of this run's experiment were registered, those of its newest runs first. */
export function modelsUsed(runId: string) {
  return queryOptions({
    queryKey: [...registryKeys.all, "used", runId],
    queryFn: async ({ signal }) => {
      const [run] = (await rowsOf([runId], [], [], signal)).rows;
      if (!run) return [];
      const asked = { experimentIds: [run.experiment_id], filter: "versions.name IS NOT NULL", orderBy: "", view: "ALL" as const, columns: [] };
      const { rows } = await readRows(asked, MOST_RUNS, signal);
      const names = [...new Set(rows.flatMap((row) => row.versions.map(({ name }) => name).reverse()))].slice(0, MOST_OFFERED);
      if (names.length === 0) return [];
      const found = (await search(`name IN (${names.map(quoteText).join(", ")})`, MOST_OFFERED, "", signal)).registered_models ?? [];
      return found.sort((a, b) => names.indexOf(a.name) - names.indexOf(b.name));
    },
    staleTime: 10_000,
  });
}

export function registeredModel(name: string) {
  return queryOptions({
    queryKey: registryKeys.model(name),
    queryFn: async ({ signal }) =>
      (await send("GET 2.0/mlflow/registered-models/get", { name }, signal)).registered_model,
  });
}

/** Every version of a model, newest first. */
export function modelVersions(name: string) {
  return queryOptions({
    queryKey: registryKeys.versions(name),
    queryFn: async ({ signal }) => {
      const versions: ModelVersion[] = [];
      let token = "";
      do {
        const page = await send(
          "GET 2.0/mlflow/model-versions/search",
          { filter: `name = ${quoteText(name)}`, max_results: 1000, ...(token ? { page_token: token } : {}) },
          signal,
        );
        versions.push(...(page.model_versions ?? []));
        token = page.next_page_token ?? "";
      } while (token);
      return versions.sort((a, b) => Number(b.version) - Number(a.version));
    },
  });
}

/** What happened to a model, newest first. */
export function registryEvents(name: string, kind: RegistryEventKind | "") {
  return infiniteQueryOptions({
    queryKey: [...registryKeys.model(name), "history", kind],
    queryFn: ({ pageParam, signal }) =>
      send(
        "GET flowmill/1/registered-models/history",
        { name, max_results: 100, ...(kind ? { kind } : {}), ...(pageParam ? { page_token: pageParam } : {}) },
        signal,
      ),
    initialPageParam: "",
    getNextPageParam: (page) => page.next_page_token,
  });
}

/** The version that an alias pointed at then. `moment`: ms since epoch, UTC. */
export function versionAsOf(name: string, alias: string, moment: number) {
  return queryOptions({
    queryKey: [...registryKeys.model(name), "as of", alias, moment],
    queryFn: async ({ signal }) =>
      (await send("GET flowmill/1/registered-models/alias-as-of", { name, alias, as_of: moment }, signal)).model_version,
    retry: false,
  });
}

export function modelVersion(name: string, version: string) {
  return queryOptions({
    queryKey: registryKeys.version(name, version),
    queryFn: async ({ signal }) =>
      (await send("GET 2.0/mlflow/model-versions/get", { name, version }, signal)).model_version,
  });
}

export type RegistryChange =
  | { do: "create model"; name: string }
  | { do: "rename model"; name: string; newName: string }
  | { do: "delete model"; name: string }
  | { do: "describe model"; name: string; description: string }
  | { do: "tag model"; name: string; key: string; value: string }
  | { do: "untag model"; name: string; key: string }
  | { do: "delete version"; name: string; version: string }
  | { do: "describe version"; name: string; version: string; description: string }
  | { do: "tag version"; name: string; version: string; key: string; value: string }
  | { do: "untag version"; name: string; version: string; key: string }
  | { do: "stage"; name: string; version: string; stage: string; archive: boolean }
  | { do: "alias"; name: string; version: string; alias: string }
  | { do: "unalias"; name: string; alias: string };

async function change(wish: RegistryChange): Promise<unknown> {
  switch (wish.do) {
    case "create model":
      return send("POST 2.0/mlflow/registered-models/create", { name: wish.name });
    case "rename model":
      return send("POST 2.0/mlflow/registered-models/rename", { name: wish.name, new_name: wish.newName });
    case "delete model":
      return send("DELETE 2.0/mlflow/registered-models/delete", { name: wish.name });
    case "describe model":
      return send("PATCH 2.0/mlflow/registered-models/update", { name: wish.name, description: wish.description });
    case "tag model":
      return send("POST 2.0/mlflow/registered-models/set-tag", { name: wish.name, key: wish.key, value: wish.value });
    case "untag model":
      return send("DELETE 2.0/mlflow/registered-models/delete-tag", { name: wish.name, key: wish.key });
    case "delete version":
      return send("DELETE 2.0/mlflow/model-versions/delete", { name: wish.name, version: wish.version });
    case "describe version":
      return send("PATCH 2.0/mlflow/model-versions/update", { name: wish.name, version: wish.version, description: wish.description });
    case "tag version":
      return send("POST 2.0/mlflow/model-versions/set-tag", { name: wish.name, version: wish.version, key: wish.key, value: wish.value });
    case "untag version":
      return send("DELETE 2.0/mlflow/model-versions/delete-tag", { name: wish.name, version: wish.version, key: wish.key });
    case "stage":
      return send("POST 2.0/mlflow/model-versions/transition-stage", {
        name: wish.name,
        version: wish.version,
        stage: wish.stage,
        archive_existing_versions: wish.archive,
      });
    case "alias":
      return send("POST 2.0/mlflow/registered-models/alias", { name: wish.name, alias: wish.alias, version: wish.version });
    case "unalias":
      return send("DELETE 2.0/mlflow/registered-models/alias", { name: wish.name, alias: wish.alias });
  }
}

/** Any change of the registry. Tables of runs show versions too, so they are read again as well. */
export function useChangeRegistry() {
  const cache = useQueryClient();
  return useMutation({
    mutationFn: change,
    onSuccess: (_, wish) => {
      // The page of something just deleted is left at once; asking for it again would only show an error on the way.
      if (wish.do === "delete model") cache.removeQueries({ queryKey: registryKeys.model(wish.name) });
      if (wish.do === "delete version") cache.removeQueries({ queryKey: registryKeys.version(wish.name, wish.version) });
      return Promise.all([
        cache.invalidateQueries({ queryKey: registryKeys.all }),
        cache.invalidateQueries({ queryKey: runKeys.all }),
        cache.invalidateQueries({ queryKey: loggedModelKeys.all }),
      ]);
    },
  });
}

export interface Registration {
  name: string;
  isNew: boolean;
  source: string;
  runId: string;
  modelId: string;
  /** What a copy of a version takes along. */
  description?: string | undefined;
  tags?: KeyValue[] | undefined;
}

/** Makes the next version of a registered model from what a run logged. */
export async function register(wish: Registration): Promise<ModelVersion> {
  if (wish.isNew) {
    try {
      await send("POST 2.0/mlflow/registered-models/create", { name: wish.name });
    } catch (error) {
      // Somebody else made it between the search and the click: the version still belongs there.
      if (!(error instanceof ApiError && error.code === "RESOURCE_ALREADY_EXISTS")) throw error;
    }
  }
  const answer = await send("POST 2.0/mlflow/model-versions/create", {
    name: wish.name,
    source: wish.source,
    ...(wish.runId ? { run_id: wish.runId } : {}),
    ...(wish.modelId ? { model_id: wish.modelId } : {}),
    ...(wish.description ? { description: wish.description } : {}),
    ...(wish.tags && wish.tags.length > 0 ? { tags: wish.tags } : {}),
  });
  return answer.model_version;
}

export function useRegister() {
  const cache = useQueryClient();
  return useMutation({
    mutationFn: register,
    onSuccess: () =>
      Promise.all([
        cache.invalidateQueries({ queryKey: registryKeys.all }),
        cache.invalidateQueries({ queryKey: runKeys.all }),
        cache.invalidateQueries({ queryKey: loggedModelKeys.all }),
      ]),
  });
}
