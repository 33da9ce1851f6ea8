/** Runs and experiments by id. */
export interface Changes {
  runs: string[];
  experiments: string[];
}

/** Whether what is cached under a key may be another one after these changes. */
export function isTouched(key: readonly unknown[], changes: Changes): boolean {
  const [kind, what, about] = key;
  const hasRun = (ids: unknown) => (Array.isArray(ids) ? ids.some((id) => changes.runs.includes(id as string)) : changes.runs.includes(ids as string));
  if (kind === "series") return hasRun(what);
  if (kind !== "runs") return false;
  if (what === "one" || what === "fresh" || what === "some") return hasRun(about);
  return changes.experiments.length > 0 && (what === "total" || what === "groups");
}
