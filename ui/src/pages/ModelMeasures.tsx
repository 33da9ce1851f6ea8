import "./RunOverview.css";

import type { LoggedModel } from "../api/schema";
import { MetricTable, ParamTable } from "./RunValues";

/** What was measured of a logged model, on which data and in which run, and what it was made with. */
export function ModelMeasures({ model }: { model: LoggedModel }) {
  const metrics = (model.data?.metrics ?? []).filter((metric) => !metric.key.startsWith("system/"));
  const params = model.data?.params ?? [];
  if (metrics.length + params.length === 0) return null;
  return (
    <div className="run-tables">
      {metrics.length > 0 && <MetricTable title="Metrics" metrics={metrics} runId={model.info.source_run_id} value="Value" />}
      {params.length > 0 && <ParamTable params={params} />}
    </div>
  );
}
