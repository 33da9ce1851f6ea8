import type { KeyValue, LoggedModel } from "../api/schema";

/** A model that a run logged, and what a version of it would be registered from. */
export interface RunModel {
  name: string;
  /** "" for a model that lies in the run's own artifacts. */
  modelId: string;
  /** The path among the run's artifacts, "" for a logged model. */
  path: string;
  /** "models:/m-…" or "runs:/<run id>/<path>" */
  source: string;
}

const HISTORY_TAG = "mlflow.log-model.history";

/**
 * The models of a run: those with an id of their own, and those that older clients left as a folder among the run's
 * artifacts and wrote down in a tag.
 */
export function runModels(runId: string, tags: KeyValue[], logged: LoggedModel[]): RunModel[] {
  const models = logged.map(({ info }): RunModel => ({
    name: info.name || info.model_id,
    modelId: info.model_id,
    path: "",
    source: `models:/${info.model_id}`,
  }));
  const known = new Set(models.map((model) => model.name));
  for (const path of historyPaths(tags.find((tag) => tag.key === HISTORY_TAG)?.value)) {
    if (known.has(path)) continue;
    known.add(path);
    models.push({ name: path, modelId: "", path, source: `runs:/${runId}/${path}` });
  }
  return models;
}

function historyPaths(text: string | undefined): string[] {
  if (!text) return [];
  try {
    const history: unknown = JSON.parse(text);
    if (!Array.isArray(history)) return [];
    return history.flatMap((entry: unknown) =>
      typeof entry === "object" && entry !== null && "artifact_path" in entry && typeof entry.artifact_path === "string"
        ? [entry.artifact_path]
        : [],
    );
  } catch {
    return [];
  }
}

const VERSIONS_TAG = "mlflow.modelVersions";

/** The registered versions of a logged model; servers that do not list them keep them in a tag. */
export function registrationsOf(model: LoggedModel): { name: string; version: string }[] {
  if (model.info.registrations) return model.info.registrations;
  try {
    const listed: unknown = JSON.parse(model.info.tags?.find((tag) => tag.key === VERSIONS_TAG)?.value ?? "[]");
    if (!Array.isArray(listed)) return [];
    const found = listed.flatMap((entry: unknown) =>
      typeof entry === "object" && entry !== null && "name" in entry && "version" in entry
        ? [{ name: String(entry.name), version: String(entry.version) }]
        : [],
    );
    return found.filter((one, at) => found.findIndex((other) => other.name === one.name && other.version === one.version) === at);
  } catch {
    return [];
  }
}
