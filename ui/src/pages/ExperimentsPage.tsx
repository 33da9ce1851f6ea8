import "../components/Table.css";

import { useInfiniteQuery } from "@tanstack/react-query";
import { getRouteApi, Link, useNavigate } from "@tanstack/react-router";
import { lazy, Suspense, useDeferredValue, useState } from "react";

import { experimentList, NOTE_TAG, useChangeExperiment } from "../api/experiments";
import { trackingUri } from "../api/http";
import type { Experiment } from "../api/schema";
import { Button, IconButton } from "../components/Button";
import { EditInPlace } from "../components/EditInPlace";
import { ShowMore } from "../components/ShowMore";
import { Snippet } from "../components/Snippet";
import { SortHeader } from "../components/SortHeader";
import { TagBadges } from "../components/TagBadges";
import { NameDialog } from "../components/LazyDialogs";
import { Choice, SearchField } from "../components/Field";
import { Menu } from "../components/Menu";
import { useNotices } from "../components/Notices";
import { PageHead } from "../components/PageHead";
import { Empty, Failure, Skeleton } from "../components/States";
import { Tags } from "../components/Tags";
import { TickAll } from "../components/TickAll";
import { TimeText } from "../components/Values";
import { isOwnTag } from "../lib/columns";
import { plainLine } from "../lib/plainLine";
import { useLastGood } from "../lib/useLastGood";
import type { ExperimentSort, ExperimentsSearch } from "../lib/viewState";

const NewExperimentDialog = lazy(() => import("./NewExperimentDialog"));
const route = getRouteApi("__root__");

type Open = { dialog: "create" } | { dialog: "rename"; experiment: Experiment } | null;

export function ExperimentsPage() {
  const { q = "", deleted = false, sort = "last_update_time", asc = false }: ExperimentsSearch = route.useSearch();
  const navigate = useNavigate();
  const wanted = useDeferredValue(q);
  const list = useInfiniteQuery(experimentList(wanted, deleted, `${sort} ${asc ? "ASC" : "DESC"}`));
  const shown = useLastGood(list.data, String(deleted));
  const [open, setOpen] = useState<Open>(null);
  const [ticked, setTicked] = useState<string[]>([]);
  const change = useChangeExperiment();
  const { tell, tellFailure } = useNotices();

  const look = (search: ExperimentsSearch) =>
    void navigate({ to: "/experiments", search: (old: object) => ({ ...old, ...search }), replace: true });
  // Names begin with A, times with the latest; a second press turns it round.
  const onSort = (by: ExperimentSort) => look({ sort: by, asc: (by === sort ? !asc : by === "name") || undefined });

  const each = async (some: Experiment[], wish: "delete" | "restore") => {
    for (const { experiment_id: id } of some) await change.mutateAsync({ do: wish, id });
  };
  const doneWithUndo = async (some: Experiment[], wish: "delete" | "restore") => {
    try {
      await each(some, wish);
      setTicked([]);
      tell(`${some.length === 1 ? `${some[0]!.name} was` : `${some.length} experiments were`} ${wish}d.`, {
        label: "Undo",
        run: () => void each(some, wish === "delete" ? "restore" : "delete").catch(tellFailure),
      });
    } catch (error) {
      tellFailure(error);
    }
  };

  const experiments = shown?.pages.flatMap((page) => page.experiments ?? []) ?? [];
  const chosen = experiments.filter((experiment) => ticked.includes(experiment.experiment_id));
  return (
    <div className="page">
      <PageHead
        title="Experiments"
        tabTitle="Experiments"
        actions={
          <Button kind="primary" icon="plus" onClick={() => setOpen({ dialog: "create" })}>
            New experiment
          </Button>
        }
      />
      <div className="section">
        <div className="toolbar">
          <SearchField label="Search experiments by name" placeholder="Name, or tag=value" value={q} onChange={(text) => look({ q: text })} />
          <Choice
            label="Which experiments"
            value={deleted ? "deleted" : "active"}
            choices={[
              { value: "active", text: "Active" },
              { value: "deleted", text: "Deleted" },
            ]}
            onChange={(value) => {
              setTicked([]);
              look({ deleted: value === "deleted" });
            }}
          />
          {chosen.length > 0 && (
            <>
              <strong role="status">{chosen.length} ticked</strong>
              {!deleted && chosen.length > 1 && (
                <Link
                  to="/compare-experiments/$any"
                  params={{ any: "s" }}
                  search={{ experiments: chosen.map((experiment) => experiment.experiment_id) }}
                  className="button button-primary"
                >
                  Compare runs
                </Link>
              )}
              <Button
                icon={deleted ? "restore" : "trash"}
                busy={change.isPending}
                onClick={() => void doneWithUndo(chosen, deleted ? "restore" : "delete")}
              >
                {deleted ? "Restore" : "Delete"}
              </Button>
              <Button kind="quiet" onClick={() => setTicked([])}>
                Clear
              </Button>
            </>
          )}
        </div>
        {list.error && <Failure error={list.error} what="read the experiments" onRetry={() => void list.refetch()} />}
        {list.isPending && !shown ? (
          <Skeleton lines={6} height="1.6rem" />
        ) : experiments.length === 0 ? (
          !list.error && <NoExperiments searched={q} deleted={deleted} />
        ) : (
          <ExperimentTable
            experiments={experiments}
            deleted={deleted}
            ticked={ticked}
            sort={sort}
            asc={asc}
            onSort={onSort}
            onTick={setTicked}
            onTag={(tag) => look({ q: tag })}
            onRename={(experiment) => setOpen({ dialog: "rename", experiment })}
            onDelete={(experiment) => void doneWithUndo([experiment], "delete")}
            onRestore={(experiment) => void doneWithUndo([experiment], "restore")}
          />
        )}
        <ShowMore list={list} />
      </div>
      {open?.dialog === "create" && (
        <Suspense>
          <NewExperimentDialog
            onClose={() => setOpen(null)}
            onCreated={(experimentId) => void navigate({ to: "/experiments/$experimentId", params: { experimentId } })}
          />
        </Suspense>
      )}
      {open?.dialog === "rename" && (
        <NameDialog
          title="Rename experiment"
          label="Name"
          submit="Rename"
          initial={open.experiment.name}
          onClose={() => setOpen(null)}
          onSubmit={(name) => change.mutateAsync({ do: "rename", id: open.experiment.experiment_id, name })}
        />
      )}
    </div>
  );
}

function NoExperiments({ searched, deleted }: { searched: string; deleted: boolean }) {
  if (searched) return <Empty icon="search" title={`No experiment is called “${searched}”`} />;
  if (deleted) return <Empty icon="trash" title="Nothing was deleted" />;
  return (
    <Empty icon="experiments" title="No experiment yet">
      <p>An experiment is made when it is first named in code, or with the button above.</p>
      <Snippet
        label="Log a first run"
        code={`import flowmill\n\nflowmill.set_tracking_uri("${trackingUri()}")\nflowmill.set_experiment("my first experiment")\nwith flowmill.start_run():\n    flowmill.log_param("lr", 0.01)\n    flowmill.log_metric("accuracy", 0.93)`}
      />
    </Empty>
  );
}

function EditTags({ experiment: { experiment_id: id, name, tags } }: { experiment: Experiment }) {
  const change = useChangeExperiment();
  return (
    <EditInPlace label={`Tags of ${name}`} does={`Edit the tags of ${name}`} icon="tag">
      <Tags
        tags={(tags ?? []).filter((tag) => isOwnTag(tag.key))}
        onSet={(key, value) => change.mutateAsync({ do: "tag", id, key, value })}
        onRemove={(key) => change.mutateAsync({ do: "untag", id, key })}
      />
    </EditInPlace>
  );
}

interface ExperimentTableProps {
  experiments: Experiment[];
  deleted: boolean;
  ticked: string[];
  sort: ExperimentSort;
  asc: boolean;
  onSort: (by: ExperimentSort) => void;
  onTick: (ids: string[]) => void;
  /** A tag was clicked to see only what has it. */
  onTag: (tag: string) => void;
  onRename: (experiment: Experiment) => void;
  onDelete: (experiment: Experiment) => void;
  onRestore: (experiment: Experiment) => void;
}

function ExperimentTable({ experiments, deleted, ticked, sort, asc, onSort, onTick, onTag, onRename, onDelete, onRestore }: ExperimentTableProps) {
  const directionOf = (by: ExperimentSort) => (by !== sort ? undefined : asc ? "ascending" : "descending");
  const all = experiments.every((experiment) => ticked.includes(experiment.experiment_id));
  return (
    <div className="table-wrap">
      <table className="table table-rows">
        <thead>
          <tr>
            <th scope="col" className="cell-tight">
              <TickAll
                label="Tick all experiments that are shown"
                all={all}
                some={ticked.length > 0}
                onChange={(tick) => onTick(tick ? experiments.map((experiment) => experiment.experiment_id) : [])}
              />
            </th>
            <SortHeader title="Name" direction={directionOf("name")} onSort={() => onSort("name")} />
            <th scope="col" className="cell-aside">Description</th>
            <th scope="col" className="cell-aside">Tags</th>
            <SortHeader title="Changed" className="cell-late" direction={directionOf("last_update_time")} onSort={() => onSort("last_update_time")} />
            <SortHeader title="Created" className="cell-aside" direction={directionOf("creation_time")} onSort={() => onSort("creation_time")} />
            <th scope="col">
              <span className="visually-hidden">Actions</span>
            </th>
          </tr>
        </thead>
        <tbody>
          {experiments.map((experiment) => {
            const note = plainLine(experiment.tags?.find((tag) => tag.key === NOTE_TAG)?.value ?? "", 90);
            const tags = (
              <span className="badges">
                <TagBadges tags={experiment.tags} things="experiments" onTag={({ key, value }) => onTag(`${key}=${value}`)} />
              </span>
            );
            const edit = !deleted && <EditTags experiment={experiment} />;
            return (
              <tr key={experiment.experiment_id}>
                <td className="cell-tight">
                  <input
                    type="checkbox"
                    aria-label={`Tick ${experiment.name}`}
                    checked={ticked.includes(experiment.experiment_id)}
                    onChange={(event) =>
                      onTick(event.target.checked ? [...ticked, experiment.experiment_id] : ticked.filter((id) => id !== experiment.experiment_id))
                    }
                  />
                </td>
                <th scope="row" className="cell-name">
                  <Link to="/experiments/$experimentId" params={{ experimentId: experiment.experiment_id }}>
                    {experiment.name}
                  </Link>
                  <span className="cell-beside">{edit}</span>
                  <div className="cell-below">
                    {note && <span className="quiet">{note}</span>}
                    {tags}
                    <span className="quiet cell-phone">
                      <TimeText value={experiment.last_update_time} />
                    </span>
                  </div>
                </th>
                <td className="cell-wide cell-aside quiet">{note}</td>
                <td className="cell-aside">
                  <div className="tags-cell">
                    {tags}
                    {edit}
                  </div>
                </td>
                <td className="cell-tight cell-late">
                  <TimeText value={experiment.last_update_time} />
                </td>
                <td className="cell-tight cell-aside">
                  <TimeText value={experiment.creation_time} />
                </td>
                <td className="cell-tight">
                  <Menu
                    trigger={<IconButton icon="more" label={`Actions for ${experiment.name}`} />}
                    items={
                      deleted
                        ? [{ label: "Restore", icon: "restore", onSelect: () => onRestore(experiment) }]
                        : [
                            { label: "Rename", icon: "pencil", onSelect: () => onRename(experiment) },
                            { label: "Delete", icon: "trash", danger: true, onSelect: () => onDelete(experiment) },
                          ]
                    }
                  />
                </td>
              </tr>
            );
          })}
        </tbody>
      </table>
    </div>
  );
}
