import "../components/Table.css";

import { Link } from "@tanstack/react-router";

import type { LoggedModel, Run } from "../api/schema";
import { CopyableText } from "../components/Copy";
import { KeyText } from "../components/KeyText";
import { ModelStatusText } from "../components/ModelStatusText";
import { NumberText, TimeText } from "../components/Values";
import { plainFirst } from "../lib/differences";
import { toNumber } from "../lib/numbers";
import { registrationsOf } from "../lib/runModels";

/** So many metrics that were measured of the models themselves stand beside their names. */
const MOST_METRICS = 4;

/** The models that a run logged, with what each measured and as what it is registered. */
export function RunModels({ run, models }: { run: Run; models: LoggedModel[] }) {
  if (models.length === 0) return null;
  const experimentId = run.info.experiment_id;
  const keys = [...new Set(models.flatMap((model) => (model.data?.metrics ?? []).map((metric) => metric.key)))]
    .filter((key) => !key.startsWith("system/"))
    .sort(plainFirst)
    .slice(0, MOST_METRICS);
  return (
    <section className="section" aria-label="Logged models">
      <div className="section-head">
        <h2>Logged models</h2>
        <span className="quiet">{models.length}</span>
      </div>
      {/* A region that scrolls must be reachable without a mouse. */}
      {/* oxlint-disable-next-line jsx-a11y/no-noninteractive-tabindex */}
      <div className="table-wrap run-table" tabIndex={0} role="region" aria-label="Table of logged models">
        <table className="table table-rows">
          <thead>
            <tr>
              <th scope="col">Model</th>
              <th scope="col">Status</th>
              <th scope="col">Created</th>
              <th scope="col">Registered as</th>
              {keys.map((key) => (
                <th key={key} scope="col" className="cell-number">
                  <KeyText text={key} />
                </th>
              ))}
              <th scope="col">
                <span className="visually-hidden">Files</span>
              </th>
            </tr>
          </thead>
          <tbody>
            {models.map((model) => {
              const { info } = model;
              return (
                <tr key={info.model_id}>
                  <th scope="row" className="cell-key">
                    <Link to="/experiments/$experimentId/models/$modelId" params={{ experimentId: info.experiment_id, modelId: info.model_id }}>
                      {info.name || info.model_id}
                    </Link>
                    <div className="model-id">
                      <CopyableText text={info.model_id} label="Copy the model ID" />
                    </div>
                  </th>
                  <td className="cell-tight">
                    <ModelStatusText status={info.status} />
                  </td>
                  <td className="cell-tight">
                    <TimeText value={info.creation_timestamp_ms} />
                  </td>
                  <td>
                    <span className="badges">
                      {registrationsOf(model).map(({ name, version }) => (
                        <Link key={`${name} ${version}`} to="/models/$name/versions/$version" params={{ name, version }} className="badge badge-accent">
                          <span>{name}</span> v{version}
                        </Link>
                      ))}
                      {registrationsOf(model).length === 0 && <span className="quiet">–</span>}
                    </span>
                  </td>
                  {keys.map((key) => {
                    const value = lastOf(model, key);
                    return (
                      <td key={key} className="cell-number">
                        {value === undefined ? <span className="quiet">–</span> : <NumberText value={value} />}
                      </td>
                    );
                  })}
                  <td className="cell-tight">
                    <Link
                      to="/experiments/$experimentId/runs/$runId/artifacts/$"
                      params={{ experimentId, runId: run.info.run_id, _splat: info.name || info.model_id }}
                    >
                      Files and code
                    </Link>
                  </td>
                </tr>
              );
            })}
          </tbody>
        </table>
      </div>
    </section>
  );
}

/** The last value of a metric that was measured of the model. */
function lastOf(model: LoggedModel, key: string) {
  const found = (model.data?.metrics ?? []).filter((metric) => metric.key === key);
  return found.sort((a, b) => toNumber(b.step) - toNumber(a.step) || toNumber(b.timestamp) - toNumber(a.timestamp))[0]?.value;
}
