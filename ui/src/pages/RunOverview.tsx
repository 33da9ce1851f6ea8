import "./details.css";
import "./RunOverview.css";
import "../components/Table.css";

import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { useState } from "react";

import { folder } from "../api/artifacts";
import { NOTE_TAG } from "../api/experiments";
import { run as runQuery, runRow, useChangeRun } from "../api/runs";
import type { Metric, Run } from "../api/schema";
import { CopyableText, CopyButton } from "../components/Copy";
import { Snippet } from "../components/Snippet";
import { SearchField } from "../components/Field";
import { Note } from "../components/Note";
import { Tags } from "../components/Tags";
import { DurationText, ModelStatusText, NumberText, TimeText } from "../components/Values";
import { isOwnTag } from "../lib/columns";
import { plainFirst } from "../lib/differences";
import { folderOf } from "../lib/files";
import { quoteKey, quoteText } from "../lib/filter";
import { shortText, toNumber, wholeNumber } from "../lib/numbers";
import { commitHref, safeHref } from "../lib/safeLinks";
import { RunDatasets } from "./RunDatasets";
import { useRunOfPage } from "./RunPage";

const PATCH = "source/uncommitted.patch";

/** Above this many rows a table gets a search of its own. */
const SEARCHED_FROM = 12;

export function RunOverview() {
  const { run, logged } = useRunOfPage();
  const change = useChangeRun();
  if (!run) return null;
  const id = run.info.run_id;
  const tags = run.data?.tags ?? [];
  const note = tags.find((tag) => tag.key === NOTE_TAG)?.value ?? "";
  const set = (key: string, value: string) => change.mutateAsync({ do: "tag", id, key, value });
  return (
    <div className="run-overview">
      <div className="run-main">
        <HowItEnded run={run} />
        <section className="section" aria-label="Description">
          <Note text={note} label="Description" onSave={(text) => set(NOTE_TAG, text)} />
        </section>
        <div className="run-tables">
          <MetricTable run={run} />
          <ParamTable params={run.data?.params ?? []} />
        </div>
        <section className="section">
          <div className="section-head">
            <h2>Tags</h2>
          </div>
          <Tags
            tags={tags.filter((tag) => isOwnTag(tag.key))}
            onSet={set}
            onRemove={(key) => change.mutateAsync({ do: "untag", id, key })}
          />
        </section>
        {logged.length > 0 && (
          <section className="section">
            <div className="section-head">
              <h2>Logged models</h2>
            </div>
            <ul className="card item-list">
              {logged.map(({ info }) => (
                <li key={info.model_id}>
                  <Link to="/experiments/$experimentId/models/$modelId" params={{ experimentId: info.experiment_id, modelId: info.model_id }}>
                    {info.name || info.model_id}
                  </Link>
                  <CopyableText text={info.model_id} label="Copy the model ID" />
                  <ModelStatusText status={info.status} />
                  <Link
                    to="/experiments/$experimentId/runs/$runId/artifacts/$"
                    params={{ experimentId: run.info.experiment_id, runId: id, _splat: info.name || info.model_id }}
                    className="item-end"
                  >
                    Files and code
                  </Link>
                </li>
              ))}
            </ul>
          </section>
        )}
        <RunDatasets inputs={run.inputs?.dataset_inputs ?? []} />
      </div>
      <About run={run} />
    </div>
  );
}

/** Why a run did not finish, in the words of its last exception. */
function HowItEnded({ run }: { run: Run }) {
  const tag = (key: string) => run.data?.tags?.find((each) => each.key === key)?.value;
  const said = tag("flowmill.end");
  const traceback = tag("flowmill.traceback");
  if (run.info.lost && run.info.status === "RUNNING") {
    return (
      <section className="card run-end" aria-label="Lost">
        <p>
          <strong>Nothing has been heard of this run for a while.</strong> Its process was killed, its machine is gone, or it cannot reach the
          server. If it is alive it will be shown as running again by itself.
        </p>
      </section>
    );
  }
  if (!said && !traceback) return null;
  return (
    <section className="card run-end run-end-failed" aria-label="How it ended">
      <p>
        <strong>{said ?? "The run failed."}</strong>
      </p>
      {traceback && (
        <details>
          <summary>Traceback</summary>
          <Snippet code={traceback} language="text" label="Traceback" />
        </details>
      )}
    </section>
  );
}

function MetricTable({ run }: { run: Run }) {
  const [text, setText] = useState("");
  const metrics = [...(run.data?.metrics ?? [])].sort((a, b) => plainFirst(a.key, b.key));
  const found = metrics.filter((metric) => metric.key.toLowerCase().includes(text.toLowerCase()));
  return (
    <section className="section">
      <div className="section-head">
        <h2>Metrics</h2>
        <span className="quiet">{metrics.length}</span>
        {metrics.length >= SEARCHED_FROM && (
          <div className="section-end">
            <SearchField label="Search the metrics" value={text} onChange={setText} />
          </div>
        )}
      </div>
      {metrics.length === 0 ? (
        <p className="quiet">No metric was logged.</p>
      ) : (
        <div className="table-wrap run-table">
          <table className="table table-rows">
            <thead>
              <tr>
                <th scope="col">Metric</th>
                <th scope="col" className="cell-number">
                  Last value
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
              {found.map((metric) => (
                <tr key={`${metric.key} ${metric.dataset_digest ?? ""} ${metric.model_id ?? ""}`}>
                  <th scope="row" className="cell-wide">
                    <Link
                      to="/experiments/$experimentId/runs/$runId/metrics"
                      params={{ experimentId: run.info.experiment_id, runId: run.info.run_id }}
                      search={{ q: metric.key }}
                    >
                      {metric.key}
                    </Link>
                    {metric.dataset_name && <span className="badge metric-dataset">{metric.dataset_name}</span>}
                  </th>
                  <td className="cell-number">
                    <NumberText value={metric.value} />
                  </td>
                  <td className="cell-number quiet">{stepOf(metric)}</td>
                  <td className="cell-tight cell-copy">
                    <CopyButton text={wholeNumber(toNumber(metric.value))} label={`Copy the value of ${metric.key}`} />
                  </td>
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      )}
    </section>
  );
}

function stepOf(metric: Metric): string {
  const step = toNumber(metric.step ?? 0);
  return Number.isFinite(step) ? String(step) : "";
}

function ParamTable({ params }: { params: { key: string; value: string }[] }) {
  const [text, setText] = useState("");
  const sorted = [...params].sort((a, b) => plainFirst(a.key, b.key));
  const wanted = text.toLowerCase();
  const found = sorted.filter((param) => param.key.toLowerCase().includes(wanted) || param.value.toLowerCase().includes(wanted));
  return (
    <section className="section">
      <div className="section-head">
        <h2>Parameters</h2>
        <span className="quiet">{params.length}</span>
        {params.length >= SEARCHED_FROM && (
          <div className="section-end">
            <SearchField label="Search the parameters" value={text} onChange={setText} />
          </div>
        )}
      </div>
      {params.length === 0 ? (
        <p className="quiet">No parameter was logged.</p>
      ) : (
        <div className="table-wrap run-table">
          <table className="table table-rows">
            <thead>
              <tr>
                <th scope="col">Parameter</th>
                <th scope="col">Value</th>
                <th scope="col">
                  <span className="visually-hidden">Copy</span>
                </th>
              </tr>
            </thead>
            <tbody>
              {found.map((param) => (
                <tr key={param.key}>
                  <th scope="row" className="cell-wide">
                    {param.key}
                  </th>
                  <td className="cell-wide">
                    <span data-whole={param.value} data-hint={shortText(param.value) === param.value ? undefined : param.value}>
                      {param.value === "" ? <i className="quiet">empty</i> : shortText(param.value)}
                    </span>
                  </td>
                  <td className="cell-tight cell-copy">
                    <CopyButton text={param.value} label={`Copy the value of ${param.key}`} />
                  </td>
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      )}
    </section>
  );
}

/** What is known about a run beyond what it measured. */
function About({ run }: { run: Run }) {
  const { info } = run;
  const tag = (key: string) => run.data?.tags?.find((each) => each.key === key)?.value;
  const row = useQuery(runRow(info.run_id, info.experiment_id));
  const parentId = tag("mlflow.parentRunId");
  const commit = tag("mlflow.source.git.commit");
  const repository = tag("mlflow.source.git.repoURL") ?? tag("mlflow.gitRepoURL");
  const source = tag("mlflow.source.name");
  const sourceHref = source ? safeHref(source) : null;
  const href = commit ? commitHref(repository, commit) : null;
  // What the code had beside its commit lies with the run, if there was anything.
  const sources = useQuery({ ...folder({ kind: "run", runId: info.run_id }, folderOf(PATCH)), enabled: commit !== undefined });
  const hasPatch = sources.data?.some((file) => file.path === PATCH) ?? false;
  const versions = row.data?.versions ?? [];
  return (
    <aside className="card run-about" aria-label="About the run">
      <dl className="facts">
        <div>
          <dt>Run ID</dt>
          <dd>
            <CopyableText text={info.run_id} label="Copy the run ID" />
          </dd>
        </div>
        <div>
          <dt>Created</dt>
          <dd>
            <TimeText value={info.start_time} />
          </dd>
        </div>
        <div>
          <dt>Duration</dt>
          <dd>
            <DurationText start={info.start_time} end={info.end_time} />
          </dd>
        </div>
        <div>
          <dt>User</dt>
          <dd>{info.user_id || tag("mlflow.user") || "–"}</dd>
        </div>
        {source && (
          <div>
            <dt>Source</dt>
            <dd>{sourceHref ? <a href={sourceHref}>{source}</a> : <code>{source}</code>}</dd>
          </div>
        )}
        {commit && (
          <div>
            <dt>Git commit</dt>
            <dd>
              {href ? <a href={href}>{commit.slice(0, 10)}</a> : <code>{commit.slice(0, 10)}</code>}{" "}
              <CopyButton text={commit} label="Copy the commit" />
              {hasPatch && (
                <>
                  {" "}
                  <Link
                    to="/experiments/$experimentId/runs/$runId/artifacts/$"
                    params={{ experimentId: info.experiment_id, runId: info.run_id, _splat: PATCH }}
                  >
                    and uncommitted changes
                  </Link>
                </>
              )}
            </dd>
          </div>
        )}
        {parentId && (
          <div>
            <dt>Parent run</dt>
            <dd>
              <ParentLink parentId={parentId} experimentId={info.experiment_id} />
            </dd>
          </div>
        )}
        <div>
          <dt>Child runs</dt>
          <dd>
            <Link
              to="/experiments/$experimentId"
              params={{ experimentId: info.experiment_id }}
              search={{ searchFilter: `${quoteKey("tags", "mlflow.parentRunId")} = ${quoteText(info.run_id)}` }}
            >
              Show
            </Link>
          </dd>
        </div>
        <div>
          <dt>Artifacts at</dt>
          <dd>
            <CopyableText text={info.artifact_uri ?? ""} label="Copy the artifact location" />
          </dd>
        </div>
        <div>
          <dt>Registered as</dt>
          <dd>
            {versions.length === 0
              ? "–"
              : versions.map(({ name, version }) => (
                  <Link
                    key={`${name} ${version}`}
                    to="/models/$name/versions/$version"
                    params={{ name, version }}
                    className="badge badge-accent"
                  >
                    <span>{name}</span> v{version}
                  </Link>
                ))}
          </dd>
        </div>
      </dl>
    </aside>
  );
}

function ParentLink({ parentId, experimentId }: { parentId: string; experimentId: string }) {
  const parent = useQuery(runQuery(parentId));
  return (
    <Link
      to="/experiments/$experimentId/runs/$runId"
      params={{ experimentId: parent.data?.info.experiment_id ?? experimentId, runId: parentId }}
    >
      {parent.data?.info.run_name || parentId}
    </Link>
  );
}
