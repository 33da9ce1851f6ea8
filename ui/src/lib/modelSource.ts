import type { Place } from "../api/artifacts";
import type { ModelVersion } from "../api/schema";

/** Where the files of a version lie, when its source names a logged model or a folder of a run; else null. */
export function sourceOf(version: Pick<ModelVersion, "source" | "model_id" | "run_id">): { place: Place; path: string } | null {
  const source = version.source ?? "";
  const model = /^models:\/(m-[\w-]+)$/.exec(source)?.[1] ?? version.model_id;
  if (model) return { place: { kind: "model", modelId: model }, path: "" };
  const inRun = /^runs:\/([\w-]+)\/(.+)$/.exec(source);
  if (inRun) return { place: { kind: "run", runId: inRun[1]! }, path: inRun[2]! };
  // Clients resolve "runs:/…" themselves and send where it lies: …/<run id>/artifacts/<path>.
  if (version.run_id) {
    const marker = `/${version.run_id}/artifacts/`;
    const at = source.indexOf(marker);
    if (at >= 0) return { place: { kind: "run", runId: version.run_id }, path: source.slice(at + marker.length).replace(/\/$/, "") };
  }
  return null;
}
