import "../components/Table.css";
import "./RunOverview.css";

import type { LoggedModel, Metric } from "../api/schema";
import { CopyButton } from "../components/Copy";
import { KeyText } from "../components/KeyText";
import { RunLink } from "../components/RunLink";
import { NumberText } from "../components/Values";
import { plainFirst } from "../lib/differences";
import { toNumber, wholeNumber } from "../lib/numbers";
import { ParamTable } from "./RunValues";

/** What was measured of a logged model, on which data and in which run, and what it was made with. */
export function ModelMeasures({ model }: { model: LoggedModel }) {
  const metrics = (model.data?.metrics ?? []).filter((metric) => !metric.key.startsWith("system/"));
  const params = model.data?.params ?? [];
  if (metrics.length + params.length === 0) return null;
  return (
    <div className="run-tables">
      {metrics.length > 0 && <MetricsOfModel metrics={metrics} sourceRunId={model.info.source_run_id} />}
      {params.length > 0 && <ParamTable params={params} />}
    </div>
  );
}

function MetricsOfModel({ metrics, sourceRunId }: { metrics: Metric[]; sourceRunId: string }) {
  const sorted = [...metrics].sort((a, b) => plainFirst(a.key, b.key) || toNumber(a.step) - toNumber(b.step));
  const hasData = metrics.some((metric) => metric.dataset_name);
  const elsewhere = metrics.some((metric) => metric.run_id && metric.run_id !== sourceRunId);
  return (
    <section className="section" aria-label="Metrics of the model">
      <div className="section-head">
        <h2>Metrics</h2>
        <span className="quiet">{metrics.length}</span>
      </div>
      {/* A region that scrolls must be reachable without a mouse. */}
      {/* oxlint-disable-next-line jsx-a11y/no-noninteractive-tabindex */}
      <div className="table-wrap run-table" tabIndex={0} role="region" aria-label="Table of the model's metrics">
        <table className="table table-rows">
          <thead>
            <tr>
              <th scope="col">Metric</th>
              {hasData && <th scope="col">Dataset</th>}
              {elsewhere && <th scope="col">Run</th>}
              <th scope="col" className="cell-number">
                Value
              </th>
              <th scope="col" className="cell-number">
                Step
              </th>
              <th scope="col">
                <span className="visually-hidden">Copy</span>
              </th>
            </tr>
          </thead>
          <tbody>
            {sorted.map((metric) => (
              <tr key={`${metric.key} ${metric.dataset_digest ?? ""} ${metric.run_id ?? ""} ${metric.step}`}>
                <th scope="row" className="cell-key">
                  <KeyText text={metric.key} />
                </th>
                {hasData && (
                  <td className="cell-wide">
                    {metric.dataset_name ? (
                      <span data-hint={`Digest ${metric.dataset_digest ?? "unknown"}`}>{metric.dataset_name}</span>
                    ) : (
                      <span className="quiet">–</span>
                    )}
                  </td>
                )}
                {elsewhere && <td className="cell-wide">{metric.run_id ? <RunLink runId={metric.run_id} /> : "–"}</td>}
                <td className="cell-number">
                  <NumberText value={metric.value} />
                </td>
                <td className="cell-number quiet">{toNumber(metric.step).toLocaleString("en-US")}</td>
                <td className="cell-tight cell-copy">
                  <CopyButton text={wholeNumber(toNumber(metric.value))} label={`Copy the value of ${metric.key}`} />
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </section>
  );
}
