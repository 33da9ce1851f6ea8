import { Link } from "@tanstack/react-router";
import { lazy, Suspense, useState } from "react";

import { belowOf, useChangeRun, useStageRuns, withRunsBelow } from "../api/runs";
import type { RunRow } from "../api/schema";
import { Button } from "../components/Button";
import { NameDialog } from "../components/LazyDialogs";
import { useNotices } from "../components/Notices";
import { counted } from "../lib/numbers";
import type { Runs } from "./useRuns";

const MoveRunsDialog = lazy(() => import("./MoveRunsDialog"));
const TagRunsDialog = lazy(() => import("./TagRunsDialog"));

interface SelectionActionsProps {
  runs: Runs;
  selected: string[];
  onSelect: (ids: string[] | undefined) => void;
}

/** What can be done with the ticked runs. */
export default function SelectionActions({ runs, selected, onSelect }: SelectionActionsProps) {
  const [renaming, setRenaming] = useState<RunRow | null>(null);
  const [dialog, setDialog] = useState<"tags" | "move" | null>(null);
  const [ticking, setTicking] = useState(false);
  const change = useChangeRun();
  const stage = useStageRuns();
  const { tell, tellFailure } = useNotices();
  const { experimentIds } = runs.question;
  const isDeleted = runs.question.view === "DELETED_ONLY";

  const doWithUndo = async (wish: "delete" | "restore") => {
    const ids = selected;
    try {
      const changed = await stage.mutateAsync({ do: wish, ids, below: true });
      onSelect(undefined);
      const below = belowOf(ids, changed);
      tell(`${counted(ids.length, "run")}${below > 0 ? ` and ${counted(below, "run")} below` : ""} ${wish}d.`, {
        label: "Undo",
        run: () => void stage.mutateAsync({ do: wish === "delete" ? "restore" : "delete", ids: changed, below: false }).catch(tellFailure),
      });
    } catch (error) {
      tellFailure(error);
    }
  };
  const parents = runs.rows.filter((row) => (row.children ?? 0) > 0 && selected.includes(row.run_id));
  const tickBelow = async () => {
    setTicking(true);
    await withRunsBelow(selected, experimentIds).then(onSelect, tellFailure);
    setTicking(false);
  };
  const first = runs.rows.find((row) => row.run_id === selected[0]);
  return (
    <>
      {selected.length > 1 ? (
        <Link to="/compare-runs" search={{ runs: selected, experiments: experimentIds }} className="button button-primary">
          Compare
        </Link>
      ) : (
        <Button kind="primary" disabled data-hint="Tick a second run to compare">
          Compare
        </Button>
      )}
      {!isDeleted && (
        <Button icon="pencil" disabled={selected.length !== 1 || !first} onClick={() => first && setRenaming(first)}>
          Rename
        </Button>
      )}
      {!isDeleted && (
        <Button icon="tag" onClick={() => setDialog("tags")}>
          Tags
        </Button>
      )}
      {!isDeleted && (
        <Button icon="move" onClick={() => setDialog("move")}>
          Move
        </Button>
      )}
      <Button
        icon={isDeleted ? "restore" : "trash"}
        busy={stage.isPending}
        onClick={() => void doWithUndo(isDeleted ? "restore" : "delete")}
      >
        {isDeleted ? "Restore" : "Delete"}
      </Button>
      {!isDeleted && parents.length > 0 && (
        <Button kind="quiet" busy={ticking} data-hint="Tick the runs below those that are ticked, too" onClick={() => void tickBelow()}>
          Tick runs below
        </Button>
      )}
      <Button kind="quiet" onClick={() => onSelect(undefined)}>
        Clear
      </Button>
      {renaming && (
        <NameDialog
          title="Rename run"
          label="Name"
          submit="Rename"
          initial={renaming.run_name}
          onClose={() => setRenaming(null)}
          onSubmit={(text) => change.mutateAsync({ do: "rename", id: renaming.run_id, name: text })}
        />
      )}
      <Suspense>
        {dialog === "tags" && <TagRunsDialog ids={selected} rows={runs.rows} onClose={() => setDialog(null)} />}
        {dialog === "move" && (
          <MoveRunsDialog ids={selected} from={experimentIds.length === 1 ? experimentIds[0] : undefined} onClose={() => setDialog(null)} onMoved={() => onSelect(undefined)} />
        )}
      </Suspense>
    </>
  );
}
