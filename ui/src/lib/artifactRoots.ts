import type { Place } from "../api/artifacts";

/** A folder that is shown in a tree of files under a name; the run's own artifacts have none. */
export interface Root {
  name: string;
  place: Place;
}

/** The place that a path in the address means, and the path inside it. */
export function locate(roots: Root[], path: string): { place: Place; path: string } {
  const slash = path.indexOf("/");
  const first = slash < 0 ? path : path.slice(0, slash);
  const named = roots.find((root) => root.name !== "" && root.name === first);
  if (named) return { place: named.place, path: slash < 0 ? "" : path.slice(slash + 1) };
  return { place: roots[0]!.place, path };
}

/** The roots of a run: its own artifacts, and each model under its name; models that share a name show their id too. */
export function runRoots(runId: string, models: { name: string; modelId: string }[]): Root[] {
  const named = models.filter((model) => model.modelId !== "");
  const times = (name: string) => named.filter((model) => model.name === name).length;
  return [
    { name: "", place: { kind: "run", runId } },
    ...named.map((model): Root => {
      const plain = model.name.replaceAll("/", "∕");
      return {
        name: times(model.name) > 1 ? `${plain} ${model.modelId}` : plain,
        place: { kind: "model", modelId: model.modelId },
      };
    }),
  ];
}
