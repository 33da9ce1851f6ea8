import type { LoggedModel } from "../api/schema";
import { metricKeys } from "../lib/modelColumns";
import { ModelTable } from "./ModelTable";

/** So many metrics that were measured of the models themselves stand beside their names. */
const MOST_METRICS = 4;

/** The models that a run logged, with what each measured and as what it is registered. */
export function RunModels({ models }: { models: LoggedModel[] }) {
  if (models.length === 0) return null;
  const metrics = metricKeys(models).slice(0, MOST_METRICS).map((key) => `metrics.${key}`);
  const isEveryReady = models.every((model) => model.info.status === "LOGGED_MODEL_READY");
  return (
    <section className="section" aria-label="Logged models">
      <div className="section-head">
        <h2>Logged models</h2>
        <span className="quiet">{models.length}</span>
      </div>
      <ModelTable className="run-table" models={models} columns={[...(isEveryReady ? [] : ["attributes.status"]), "attributes.registered", ...metrics]} />
    </section>
  );
}
