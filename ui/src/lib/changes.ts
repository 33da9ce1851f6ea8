/** Runs and experiments by id. */
export interface Changes {
  runs: string[];
  experiments: string[];
}

/** What is kept about runs that the key names. */
const OF_RUNS = new Set(["one", "fresh", "some", "pinned", "columns of"]);

/** Whether what is cached under a key may be another one after these changes. */
export function isTouched(key: readonly unknown[], changes: Changes): boolean {
  const [kind, what, about] = key;
  const hasRun = (ids: unknown) => (Array.isArray(ids) ? ids.some((id) => changes.runs.includes(id as string)) : changes.runs.includes(ids as string));
  if (kind === "series") return hasRun(what);
  if (kind !== "runs") return false;
  if (typeof what === "string" && OF_RUNS.has(what)) return hasRun(about);
  return changes.experiments.length > 0 && (what === "total" || what === "groups");
}
