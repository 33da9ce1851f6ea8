import "./ExperimentPage.css";

import { useQuery } from "@tanstack/react-query";
import { getRouteApi, Link, useNavigate } from "@tanstack/react-router";
import { lazy, Suspense, useEffect, useMemo, useRef, useState } from "react";

import { experiment as experimentQuery, NOTE_TAG, useChangeExperiment } from "../api/experiments";
import type { Experiment } from "../api/schema";
import { Button, IconButton } from "../components/Button";
import { NameDialog } from "../components/LazyDialogs";
import { Menu } from "../components/Menu";
import { useNotices } from "../components/Notices";
import { PageHead } from "../components/PageHead";
import { NotShown, Skeleton } from "../components/States";
import { arrangement, defaultView, isArranged, sharedViews } from "../lib/namedViews";
import { plainLine } from "../lib/plainLine";
import type { ExperimentLook } from "../lib/viewState";
import { RunsTabs } from "./RunsTabs";

const ExperimentAbout = lazy(() => import("./ExperimentAbout"));
const route = getRouteApi("/experiments/$experimentId");

export function ExperimentPage() {
  const { experimentId } = route.useParams();
  const search = route.useSearch();
  const experiment = useQuery(experimentQuery(experimentId));
  const ids = useMemo(() => [experimentId], [experimentId]);
  useFirstView(experiment.data, search);
  if (experiment.error && !experiment.data) {
    return <NotShown error={experiment.error} what="experiment" id={experimentId} onRetry={() => void experiment.refetch()} />;
  }
  return (
    <div className="page experiment-page">
      <ExperimentHead id={experimentId} experiment={experiment.data} />
      <RunsTabs experimentIds={ids} name={experiment.data?.name ?? experimentId} search={search} />
    </div>
  );
}

/**
 * An address that names a view opens the experiment with it, and one that says nothing of how it looks with the view that
 * was chosen for everybody.
 */
function useFirstView(experiment: Experiment | undefined, search: ExperimentLook) {
  const navigate = useNavigate();
  const { tell } = useNotices();
  const opened = useRef("");
  useEffect(() => {
    if (!experiment || (opened.current === experiment.experiment_id && search.view === undefined)) return;
    opened.current = experiment.experiment_id;
    const tags = experiment.tags ?? [];
    const named = search.view === undefined ? undefined : sharedViews(tags).find(({ name }) => name === search.view);
    if (search.view !== undefined && !named) tell(`This experiment has no view ${search.view} for everybody.`);
    const view = named ?? (isArranged(search) ? undefined : defaultView(tags));
    if (view || search.view !== undefined) {
      void navigate({ to: ".", search: (old: object) => ({ ...old, ...view?.search, ...arrangement(search), view: undefined }), replace: true });
    }
  }, [experiment, search, navigate, tell]);
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
        <Suspense fallback={<Skeleton lines={4} />}>
          <ExperimentAbout experiment={experiment} note={note} />
        </Suspense>
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
