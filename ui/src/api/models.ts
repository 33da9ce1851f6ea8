import { queryOptions } from "@tanstack/react-query";

import { send } from "./http";
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
      return answers.flatMap((answer) => (answer.status === "fulfilled" ? [answer.value.model] : []));
    },
    enabled: ids.length > 0,
  });
}
