import "../components/Table.css";
import "./details.css";
import "./LoggedModelPage.css";

import { useQuery } from "@tanstack/react-query";
import { Link, useParams, useRouterState } from "@tanstack/react-router";
import { lazy, type ReactNode, Suspense, useMemo } from "react";

import { experiment as experimentQuery } from "../api/experiments";
import { loggedModel } from "../api/models";
import { run as runQuery } from "../api/runs";
import type { LoggedModel } from "../api/schema";
import { Files } from "../artifacts/Files";
import { CopyableText } from "../components/Copy";
import { PageHead } from "../components/PageHead";
import { RegisterButton } from "../components/RegisterButton";
import { Empty, NotShown, Skeleton } from "../components/States";
import { ModelStatusText, NumberText, TimeText } from "../components/Values";
import { isOwnTag } from "../lib/columns";
import { shortText } from "../lib/numbers";
import { registrationsOf } from "../lib/runModels";

const ModelCardView = lazy(() => import("../artifacts/ModelCardView"));

/** A model that a run logged: what it is, how to use it, what it measured, and its files. */
export function LoggedModelPage() {
  const { experimentId = "", modelId = "", _splat: path = "" } = useParams({ strict: false });
  const isFiles = useRouterState({ select: (state) => /\/models\/[^/]+\/artifacts/.test(state.location.pathname) });
  const query = useQuery(loggedModel(modelId));
  const experiment = useQuery(experimentQuery(experimentId));
  const place = useMemo(() => ({ kind: "model" as const, modelId }), [modelId]);
  const roots = useMemo(() => [{ name: "", place }], [place]);
  if (query.error && !query.data) return <NotShown error={query.error} what="logged model" id={modelId} onRetry={() => void query.refetch()} />;
  const model = query.data;
  if (!model) {
    return (
      <div className="page">
        <Skeleton lines={6} />
      </div>
    );
  }
  const name = model.info.name || modelId;
  const runId = model.info.source_run_id ?? "";
  const ofFolder = { uri: `models:/${modelId}`, runId, modelId, name };
  return (
    <div className="page run-page">
      <PageHead
        crumbs={[
          <Link key="experiments" to="/experiments">
            Experiments
          </Link>,
          <Link key="experiment" to="/experiments/$experimentId" params={{ experimentId }}>
            {experiment.data?.name ?? experimentId}
          </Link>,
          ...(runId ? [<RunCrumb key="run" runId={runId} experimentId={experimentId} />] : []),
        ]}
        title={name}
        tabTitle={name}
        beside={<ModelStatusText status={model.info.status} />}
        actions={<RegisterButton models={[{ name, modelId, path: "", source: ofFolder.uri }]} runId={runId} primary />}
      >
        <nav className="tabs" aria-label="Views of the model">
          <Link
            to="/experiments/$experimentId/models/$modelId"
            params={{ experimentId, modelId }}
            className="tab"
            activeOptions={{ exact: true }}
          >
            Overview
          </Link>
          <Link
            to="/experiments/$experimentId/models/$modelId/artifacts"
            params={{ experimentId, modelId }}
            className="tab"
          >
            Artifacts
          </Link>
        </nav>
      </PageHead>
      {isFiles ? (
        <Files
          roots={roots}
          path={path}
          modelOf={() => ofFolder}
          link={(to: string, children: ReactNode, props) => (
            <Link
              to="/experiments/$experimentId/models/$modelId/artifacts/$"
              params={{ experimentId, modelId, _splat: to }}
              preload={false}
              {...props}
            >
              {children}
            </Link>
          )}
          empty={<Empty icon="folder" title="This model has no files" />}
        />
      ) : (
        <div className="run-overview">
          <div className="run-main">
            <section className="card model-panel">
              <Suspense fallback={<Skeleton lines={8} />}>
                <ModelCardView place={place} path="" model={ofFolder} withoutRegister />
              </Suspense>
            </section>
          </div>
          <ModelFacts model={model} />
        </div>
      )}
    </div>
  );
}

function RunCrumb({ runId, experimentId }: { runId: string; experimentId: string }) {
  const run = useQuery(runQuery(runId));
  return (
    <Link to="/experiments/$experimentId/runs/$runId" params={{ experimentId, runId }}>
      {run.data?.info.run_name || runId}
    </Link>
  );
}

function ModelFacts({ model }: { model: LoggedModel }) {
  const { info, data } = model;
  const versions = registrationsOf(model);
  const metrics = data?.metrics ?? [];
  const params = data?.params ?? [];
  const tags = (info.tags ?? []).filter((tag) => isOwnTag(tag.key));
  return (
    <aside className="card run-about model-facts" aria-label="About the model">
      <dl className="facts">
        <div>
          <dt>Model ID</dt>
          <dd>
            <CopyableText text={info.model_id} label="Copy the model ID" />
          </dd>
        </div>
        <div>
          <dt>Created</dt>
          <dd>
            <TimeText value={info.creation_timestamp_ms} />
          </dd>
        </div>
        {info.model_type && (
          <div>
            <dt>Type</dt>
            <dd>{info.model_type}</dd>
          </div>
        )}
        {info.source_run_id && (
          <div>
            <dt>Source run</dt>
            <dd>
              <RunCrumb runId={info.source_run_id} experimentId={info.experiment_id} />
            </dd>
          </div>
        )}
        <div>
          <dt>Files at</dt>
          <dd>
            <CopyableText text={info.artifact_uri} label="Copy the location of the files" />
          </dd>
        </div>
        <div>
          <dt>Registered as</dt>
          <dd>
            <span className="badges">
              {versions.length === 0
                ? "–"
                : versions.map(({ name, version }) => (
                    <Link key={`${name} ${version}`} to="/models/$name/versions/$version" params={{ name, version }} className="badge badge-accent">
                      <span>{name}</span> v{version}
                    </Link>
                  ))}
            </span>
          </dd>
        </div>
        {tags.map((tag) => (
          <div key={tag.key}>
            <dt>{tag.key}</dt>
            <dd>{tag.value}</dd>
          </div>
        ))}
      </dl>
      {metrics.length > 0 && (
        <section>
          <h2>Metrics</h2>
          <dl className="facts">
            {metrics.map((metric) => (
              <div key={`${metric.key} ${metric.dataset_digest ?? ""} ${metric.step}`}>
                <dt>{metric.dataset_name ? `${metric.key} on ${metric.dataset_name}` : metric.key}</dt>
                <dd>
                  <NumberText value={metric.value} />
                </dd>
              </div>
            ))}
          </dl>
        </section>
      )}
      {params.length > 0 && (
        <section>
          <h2>Parameters</h2>
          <dl className="facts">
            {params.map((param) => (
              <div key={param.key}>
                <dt>{param.key}</dt>
                <dd data-whole={param.value}>{shortText(param.value)}</dd>
              </div>
            ))}
          </dl>
        </section>
      )}
    </aside>
  );
}
