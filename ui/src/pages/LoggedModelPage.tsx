import "../components/Table.css";
import "./details.css";
import "./LoggedModelPage.css";

import { useQuery } from "@tanstack/react-query";
import { Link, useNavigate, useParams, useRouterState } from "@tanstack/react-router";
import { lazy, type ReactNode, Suspense, useMemo } from "react";

import { experiment as experimentQuery, NOTE_TAG } from "../api/experiments";
import { loggedModel, useChangeLoggedModel } from "../api/models";
import { run as runQuery } from "../api/runs";
import type { LoggedModel } from "../api/schema";
import { Files } from "../artifacts/Files";
import { IconButton } from "../components/Button";
import { CopyableText, copyText } from "../components/Copy";
import { Fact } from "../components/Fact";
import { Menu } from "../components/Menu";
import { Note } from "../components/Note";
import { useNotices } from "../components/Notices";
import { PageHead } from "../components/PageHead";
import { RegisterButton } from "../components/RegisterButton";
import { RunLink } from "../components/RunLink";
import { Empty, NotShown, Skeleton } from "../components/States";
import { Tags } from "../components/Tags";
import { ModelStatusText } from "../components/ModelStatusText";
import { MomentText } from "../components/Values";
import { VersionBadges } from "../components/VersionBadges";
import { isOwnTag } from "../lib/columns";
import { registrationsOf } from "../lib/runModels";
import { ModelMeasures } from "./ModelMeasures";

const ModelCardView = lazy(() => import("../artifacts/ModelCardView"));

/** A model that a run logged: what it is, how to use it, what it measured, and its files. */
export function LoggedModelPage() {
  const { experimentId = "", modelId = "", _splat: path = "" } = useParams({ strict: false });
  const isFiles = useRouterState({ select: (state) => /\/models\/[^/]+\/artifacts/.test(state.location.pathname) });
  const query = useQuery(loggedModel(modelId));
  const experiment = useQuery(experimentQuery(experimentId));
  const place = useMemo(() => ({ kind: "model" as const, modelId }), [modelId]);
  const roots = useMemo(() => [{ name: "", place }], [place]);
  const change = useChangeLoggedModel();
  const navigate = useNavigate();
  const { tell, tellFailure } = useNotices();
  const remove = async () => {
    try {
      await change.mutateAsync({ do: "delete", id: modelId });
      tell(`${query.data?.info.name || modelId} was deleted.`, { label: "Undo", run: () => void change.mutateAsync({ do: "restore", id: modelId }).catch(tellFailure) });
      void navigate({ to: "/experiments/$experimentId/models", params: { experimentId } });
    } catch (error) {
      tellFailure(error);
    }
  };
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
          <Link key="models" to="/experiments/$experimentId/models" params={{ experimentId }}>
            Models
          </Link>,
          ...(runId ? [<RunCrumb key="run" runId={runId} experimentId={experimentId} />] : []),
        ]}
        title={name}
        tabTitle={name}
        beside={<ModelStatusText status={model.info.status} />}
        actions={
          <>
            <RegisterButton models={[{ name, modelId, path: "", source: ofFolder.uri }]} runId={runId} primary />
            <Menu
              trigger={<IconButton icon="more" label="Actions for the logged model" />}
              items={[
                { label: "Copy model ID", icon: "copy", onSelect: () => void copyText(modelId).then(() => tell("The model ID was copied."), tellFailure) },
                { label: "Delete", icon: "trash", danger: true, onSelect: () => void remove() },
              ]}
            />
          </>
        }
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
            <section className="section" aria-label="Description">
              <Note text={noteOf(model)} label="Description" onSave={(text) => change.mutateAsync({ do: "tag", id: modelId, key: NOTE_TAG, value: text })} />
            </section>
            <ModelMeasures model={model} />
            <section className="section">
              <div className="section-head">
                <h2>Tags</h2>
              </div>
              <Tags
                tags={(model.info.tags ?? []).filter((tag) => isOwnTag(tag.key))}
                onSet={(key, value) => change.mutateAsync({ do: "tag", id: modelId, key, value })}
                onRemove={(key) => change.mutateAsync({ do: "untag", id: modelId, key })}
              />
            </section>
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

function noteOf(model: LoggedModel): string {
  return model.info.tags?.find((tag) => tag.key === NOTE_TAG)?.value ?? "";
}

function ModelFacts({ model }: { model: LoggedModel }) {
  const { info } = model;
  const versions = registrationsOf(model);
  const runs = [...new Set((model.data?.metrics ?? []).flatMap((metric) => metric.run_id ?? []))].filter((runId) => runId !== info.source_run_id);
  return (
    <aside className="card run-about model-facts" aria-label="About the model">
      <dl className="facts">
        <Fact name="Model ID">
          <CopyableText text={info.model_id} label="Copy the model ID" />
        </Fact>
        <Fact name="Created">
          <MomentText value={info.creation_timestamp_ms} />
        </Fact>
        {info.model_type && (
          <Fact name="Type">{info.model_type}</Fact>
        )}
        {info.source_run_id && (
          <Fact name="Source run">
            <RunCrumb runId={info.source_run_id} experimentId={info.experiment_id} />
          </Fact>
        )}
        {runs.length > 0 && (
          <div>
            <dt>Measured in</dt>
            <dd className="model-runs">
              {runs.map((runId) => (
                <RunLink key={runId} runId={runId} />
              ))}
            </dd>
          </div>
        )}
        <Fact name="Files at">
          <CopyableText text={info.artifact_uri} label="Copy the location of the files" />
        </Fact>
        <Fact name="Registered as">
          <VersionBadges versions={versions} />
        </Fact>
      </dl>
    </aside>
  );
}
