import "./ExperimentPage.css";

import { useQuery } from "@tanstack/react-query";
import { getRouteApi, Link, useNavigate } from "@tanstack/react-router";
import { lazy, Suspense, useState } from "react";

import { experiment as experimentQuery, NOTE_TAG, useChangeExperiment } from "../api/experiments";
import type { Experiment } from "../api/schema";
import { Button, IconButton } from "../components/Button";
import { CopyableText } from "../components/Copy";
import { NameDialog } from "../components/LazyDialogs";
import { Menu } from "../components/Menu";
import { Note } from "../components/Note";
import { useNotices } from "../components/Notices";
import { PageHead } from "../components/PageHead";
import { NotShown, Skeleton } from "../components/States";
import { Tags } from "../components/Tags";
import { TimeText } from "../components/Values";
import { isOwnTag } from "../lib/columns";
import { plainLine } from "../lib/plainLine";
import { RunsView } from "./RunsView";
import { useRuns } from "./useRuns";

const RunsCharts = lazy(() => import("./RunsCharts"));
const route = getRouteApi("/experiments/$experimentId");

/** A tab is the current one only if the address says just that, not if it says more. */
const THIS_TAB = { exact: true };

export function ExperimentPage() {
  const { experimentId } = route.useParams();
  const search = route.useSearch();
  const experiment = useQuery(experimentQuery(experimentId));
  const runs = useRuns(experimentId, search);
  if (experiment.error && !experiment.data) {
    return <NotShown error={experiment.error} what="experiment" id={experimentId} onRetry={() => void experiment.refetch()} />;
  }
  const tab = search.tab ?? "runs";
  return (
    <div className="page experiment-page">
      <ExperimentHead id={experimentId} experiment={experiment.data} />
      <nav className="tabs" aria-label="Views of the experiment">
        <Link to="." search={(old: object) => ({ ...old, tab: undefined })} className="tab" activeOptions={THIS_TAB}>
          Runs
        </Link>
        <Link to="." search={(old: object) => ({ ...old, tab: "charts" as const })} className="tab" activeOptions={THIS_TAB}>
          Charts
        </Link>
      </nav>
      <RunsView experimentId={experimentId} name={experiment.data?.name ?? experimentId} runs={runs} search={search}>
        {tab === "charts" ? (
          <Suspense fallback={<Skeleton lines={5} />}>
            <RunsCharts rows={runs.rows} selected={search.runs ?? []} columns={runs.known} search={search} isPending={runs.isPending} />
          </Suspense>
        ) : undefined}
      </RunsView>
    </div>
  );
}

function ExperimentHead({ id, experiment }: { id: string; experiment: Experiment | undefined }) {
  const [about, setAbout] = useState(false);
  const [renaming, setRenaming] = useState(false);
  const change = useChangeExperiment();
  const navigate = useNavigate();
  const { tell, tellFailure } = useNotices();
  const isDeleted = experiment?.lifecycle_stage === "deleted";
  const note = experiment?.tags?.find((tag) => tag.key === NOTE_TAG)?.value ?? "";

  const restore = () => change.mutateAsync({ do: "restore", id }).catch(tellFailure);
  const remove = async () => {
    try {
      await change.mutateAsync({ do: "delete", id });
      tell(`${experiment?.name ?? id} was deleted.`, { label: "Undo", run: () => void restore() });
      void navigate({ to: "/experiments" });
    } catch (error) {
      tellFailure(error);
    }
  };
  return (
    <PageHead
      crumbs={[
        <Link key="experiments" to="/experiments">
          Experiments
        </Link>,
      ]}
      title={experiment?.name ?? "…"}
      tabTitle={experiment?.name ?? "Experiment"}
      beside={isDeleted && <span className="badge">deleted</span>}
      actions={
        <>
          <Button kind="quiet" icon={about ? "up" : "down"} aria-expanded={about} onClick={() => setAbout(!about)}>
            About
          </Button>
          <Menu
            trigger={<IconButton icon="more" label="Actions for the experiment" />}
            items={
              isDeleted
                ? [{ label: "Restore", icon: "restore", onSelect: () => void restore() }]
                : [
                    { label: "Rename", icon: "pencil", onSelect: () => setRenaming(true) },
                    { label: "Delete", icon: "trash", danger: true, onSelect: () => void remove() },
                  ]
            }
          />
        </>
      }
    >
      {!about && note && <p className="quiet experiment-note">{plainLine(note, 160)}</p>}
      {about && experiment && (
        <div className="card experiment-about">
          <dl className="facts">
            <div>
              <dt>Experiment ID</dt>
              <dd>
                <CopyableText text={experiment.experiment_id} label="Copy the experiment ID" />
              </dd>
            </div>
            <div>
              <dt>Artifact location</dt>
              <dd>
                <CopyableText text={experiment.artifact_location ?? ""} label="Copy the artifact location" />
              </dd>
            </div>
            <div>
              <dt>Created</dt>
              <dd>
                <TimeText value={experiment.creation_time} />
              </dd>
            </div>
            <div>
              <dt>Tags</dt>
              <dd>
                <Tags
                  tags={(experiment.tags ?? []).filter((tag) => isOwnTag(tag.key))}
                  onSet={(key, value) => change.mutateAsync({ do: "tag", id, key, value })}
                  onRemove={(key) => change.mutateAsync({ do: "untag", id, key })}
                />
              </dd>
            </div>
          </dl>
          <Note text={note} label="Description" onSave={(value) => change.mutateAsync({ do: "tag", id, key: NOTE_TAG, value })} />
        </div>
      )}
      {renaming && (
        <NameDialog
          title="Rename experiment"
          label="Name"
          submit="Rename"
          initial={experiment?.name ?? ""}
          onClose={() => setRenaming(false)}
          onSubmit={(name) => change.mutateAsync({ do: "rename", id, name })}
        />
      )}
    </PageHead>
  );
}
