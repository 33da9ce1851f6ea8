import { useQueries } from "@tanstack/react-query";
import { useMemo } from "react";

import { fileContent, type Place, placeKey } from "../api/artifacts";
import { ApiError } from "../api/http";
import type { RowModel, RunRow } from "../api/schema";
import { environmentOf } from "../lib/environment";

/** Those of more runs are not read at once. */
const MOST_RUNS = 20;
const MOST_BYTES = 200_000;
const REQUIREMENTS = "requirements.txt";
const PYTHON = "python_env.yaml";

/** What the last model of each run needs, as far as that could be read; null while it is, and where it is not known. */
export function useEnvironments(runs: RunRow[]): (Record<string, string> | null)[] {
  const models = runs.slice(0, MOST_RUNS).map((run) => run.models.findLast((model) => model.status === "LOGGED_MODEL_READY"));
  const asked = models.flatMap((model) => (model ? [REQUIREMENTS, PYTHON].map((path): [Place, string] => [{ kind: "model", modelId: model.model_id }, path]) : []));
  const answers = useQueries({
    queries: asked.map(([place, path]) => ({ ...fileContent(place, path, MOST_BYTES), retry: (times: number, error: Error) => !(error instanceof ApiError) && times < 2 })),
  });
  const read = new Map(asked.map(([place, path], at) => [`${placeKey(place)} ${path}`, answers[at]?.data]));
  const textOf = (model: RowModel, path: string) => {
    const content = read.get(`${model.model_id} ${path}`);
    return content ? new TextDecoder().decode(content.bytes) : null;
  };
  const told = JSON.stringify(
    models.map((model) => {
      const requirements = model ? textOf(model, REQUIREMENTS) : null;
      return model && requirements !== null ? environmentOf(requirements, textOf(model, PYTHON) ?? "") : null;
    }),
  );
  return useMemo(() => JSON.parse(told) as (Record<string, string> | null)[], [told]);
}
