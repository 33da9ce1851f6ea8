import "./details.css";

import { useQuery } from "@tanstack/react-query";
import { getRouteApi, Link, Outlet, useNavigate } from "@tanstack/react-router";
import { lazy, Suspense, useState } from "react";

import { experiment as experimentQuery } from "../api/experiments";
import { useEvery, useLive } from "../api/live";
import { loggedModels } from "../api/models";
import { IMAGES_TAG } from "../api/runRows";
import { belowOf, run as runQuery, useChangeRun, useStageRuns } from "../api/runs";
import type { Run } from "../api/schema";
import { IconButton } from "../components/Button";
import { copyText } from "../components/Copy";
import { NameDialog } from "../components/LazyDialogs";
import { Menu } from "../components/Menu";
import { useNotices } from "../components/Notices";
import { PageHead } from "../components/PageHead";
import { RegisterButton } from "../components/RegisterButton";
import { Failure, NotShown, Skeleton } from "../components/States";
import { RunStatusText } from "../components/Values";
import { counted } from "../lib/numbers";
import { type RunModel, runModels } from "../lib/runModels";
import { star, useStars } from "../lib/stars";

const RunColourDialog = lazy(() => import("./RunColourDialog"));

const route = getRouteApi("/experiments/$experimentId/runs/$runId");

const NOTHING: string[] = [];
const HERE = { "aria-current": "page" as const };
const TABS = [
  { to: "/experiments/$experimentId/runs/$runId", text: "Overview" },
  { to: "/experiments/$experimentId/runs/$runId/metrics", text: "Metrics" },
  { to: "/experiments/$experimentId/runs/$runId/images", text: "Images" },
  { to: "/experiments/$experimentId/runs/$runId/artifacts", text: "Artifacts" },
] as const;

/** The run of the address, and the models that it logged. Every tab reads the same cached answers. */
export function useRunOfPage() {
  const { experimentId, runId } = route.useParams();
  const query = useQuery(runQuery(runId, useEvery()));
  const modelIds = (query.data?.outputs?.model_outputs ?? []).map((output) => output.model_id);
  const logged = useQuery(loggedModels([...new Set(modelIds)]));
  return { experimentId, runId, query, run: query.data, logged: logged.data ?? [], models: logged, isWaitingForModels: modelIds.length > 0 && logged.isPending };
}

export function RunPage() {
  const { experimentId, runId, query, run, logged } = useRunOfPage();
  useLive(run?.info.status === "RUNNING" ? [runId] : NOTHING, NOTHING);
  const experiment = useQuery(experimentQuery(run?.info.experiment_id ?? experimentId));
  if (query.error && !run) return <NotShown error={query.error} what="run" id={runId} onRetry={() => void query.refetch()} />;
  const name = run ? run.info.run_name || runId : "…";
  const hasImages = run?.data?.tags?.some((tag) => tag.key === IMAGES_TAG) ?? false;
  const tabs = TABS.filter(({ text }) => text !== "Images" || hasImages);
  const models = run ? runModels(runId, run.data?.tags ?? [], logged) : [];
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
        ]}
        title={name}
        tabTitle={name}
        beside={
          run && (
            <>
              <RunStatusText status={run.info.status} lost={run.info.lost} />
              {run.info.lifecycle_stage === "deleted" && <span className="badge">deleted</span>}
            </>
          )
        }
        actions={run && <RunActions run={run} models={models} />}
      >
        <nav className="tabs" aria-label="Views of the run">
          {tabs.map(({ to, text }) => (
            <Link key={text} to={to} params={{ experimentId, runId }} activeOptions={text === "Overview" ? { exact: true } : {}} activeProps={HERE} className="tab">
              {text}
            </Link>
          ))}
        </nav>
      </PageHead>
      {query.error && run && <Failure error={query.error} what="refresh the run" onRetry={() => void query.refetch()} />}
      {run ? <Outlet /> : <Skeleton lines={6} />}
    </div>
  );
}

function RunActions({ run, models }: { run: Run; models: RunModel[] }) {
  const [renaming, setRenaming] = useState(false);
  const [colouring, setColouring] = useState(false);
  const change = useChangeRun();
  const stage = useStageRuns();
  const navigate = useNavigate();
  const { tell, tellFailure } = useNotices();
  const id = run.info.run_id;
  const name = run.info.run_name || id;
  const stars = useStars();
  const isStarred = stars.includes(id);

  const withBelow = (changed: string[]) => `${name} and ${counted(belowOf([id], changed), "run")} below it`;
  const restore = async () => {
    try {
      const changed = await stage.mutateAsync({ do: "restore", ids: [id], below: true });
      if (changed.length > 1) tell(`${withBelow(changed)} are back.`);
    } catch (error) {
      tellFailure(error);
    }
  };
  const remove = async () => {
    try {
      const changed = await stage.mutateAsync({ do: "delete", ids: [id], below: true });
      tell(changed.length > 1 ? `${withBelow(changed)} were deleted.` : `${name} was deleted.`, {
        label: "Undo",
        run: () => void stage.mutateAsync({ do: "restore", ids: changed, below: false }).catch(tellFailure),
      });
      void navigate({ to: "/experiments/$experimentId", params: { experimentId: run.info.experiment_id } });
    } catch (error) {
      tellFailure(error);
    }
  };
  return (
    <>
      <IconButton
        icon="star"
        label={isStarred ? "Take the star off this run" : "Give this run a star"}
        aria-pressed={isStarred}
        className={isStarred ? "run-starred" : ""}
        onClick={() => star(stars, id)}
      />
      <RegisterButton models={models} runId={id} primary />
      <Menu
        trigger={<IconButton icon="more" label="Actions for the run" />}
        items={[
          { label: "Copy run ID", icon: "copy", onSelect: () => void copyText(id).then(() => tell("The run ID was copied."), tellFailure) },
          ...(run.info.lifecycle_stage === "deleted"
            ? [{ label: "Restore", icon: "restore" as const, onSelect: () => void restore() }]
            : [
                { label: "Rename", icon: "pencil" as const, onSelect: () => setRenaming(true) },
                { label: "Colour", icon: "drop" as const, onSelect: () => setColouring(true) },
                { label: "Delete", icon: "trash" as const, danger: true, onSelect: () => void remove() },
              ]),
        ]}
      />
      {renaming && (
        <NameDialog
          title="Rename run"
          label="Name"
          submit="Rename"
          initial={name}
          onClose={() => setRenaming(false)}
          onSubmit={(text) => change.mutateAsync({ do: "rename", id, name: text })}
        />
      )}
      <Suspense>
        {colouring && (
          <RunColourDialog
            run={{ id, name, tags: Object.fromEntries((run.data?.tags ?? []).map((tag) => [tag.key, tag.value])) }}
            onClose={() => setColouring(false)}
          />
        )}
      </Suspense>
    </>
  );
}
