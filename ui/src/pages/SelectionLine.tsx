import { useQueryClient } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { lazy, Suspense, useState } from "react";

import { useChangeRun } from "../api/runs";
import type { RunRow } from "../api/schema";
import { Button } from "../components/Button";
import { Switch } from "../components/Field";
import { NameDialog } from "../components/LazyDialogs";
import { Menu } from "../components/Menu";
import { useNotices } from "../components/Notices";
import { counted } from "../lib/numbers";
import type { ExperimentSearch } from "../lib/viewState";
import type { Runs } from "./useRuns";

const TagRunsDialog = lazy(() => import("./TagRunsDialog"));

interface SelectionLineProps {
  experimentId: string;
  name: string;
  runs: Runs;
  selected: string[];
  search: ExperimentSearch;
  /** Whether the table is shown, whose rows can be nested and whose columns can be fewer. */
  hasTable: boolean;
  onSelect: (ids: string[] | undefined) => void;
  onLook: (change: Partial<ExperimentSearch>) => void;
}

/** How many runs there are, and what can be done with the ticked ones. */
export function SelectionLine({ experimentId, name, runs, selected, search, hasTable, onSelect, onLook }: SelectionLineProps) {
  const [renaming, setRenaming] = useState<RunRow | null>(null);
  const [tagging, setTagging] = useState(false);
  const [saving, setSaving] = useState(false);
  const cache = useQueryClient();
  const change = useChangeRun();
  const { tell, tellFailure } = useNotices();
  const isDeleted = runs.question.view === "DELETED_ONLY";

  const doWithUndo = async (wish: "delete" | "restore") => {
    const ids = selected;
    try {
      await change.mutateAsync({ do: wish, ids });
      onSelect(undefined);
      tell(`${counted(ids.length, "run")} ${wish}d.`, {
        label: "Undo",
        run: () => change.mutateAsync({ do: wish === "delete" ? "restore" : "delete", ids }).catch(tellFailure),
      });
    } catch (error) {
      tellFailure(error);
    }
  };
  const save = async (kind: "csv" | "parquet" | "html") => {
    setSaving(true);
    const wanted = { name, question: runs.question, columns: runs.columns, selected };
    const saved =
      kind === "html"
        ? import("./saveReport").then(({ saveReportOf }) => saveReportOf(cache, wanted))
        : import("./saveRuns").then(({ saveRunsAsCsv, saveRunsAsParquet }) => (kind === "csv" ? saveRunsAsCsv : saveRunsAsParquet)(wanted));
    await saved.catch(tellFailure);
    setSaving(false);
  };
  const first = runs.rows.find((row) => row.run_id === selected[0]);
  return (
    <div className="runs-line">
      <span role="status">
        {runs.isPending && "Reading the runs…"}
        {runs.total !== undefined && <strong>{counted(runs.total, "run")}</strong>}
        {runs.groups && ` in ${counted(runs.groups.total, "group")}`}
        {runs.total !== undefined && selected.length > 0 && `, ${selected.length} ticked`}
      </span>
      {runs.newer > 0 && (
        <Button kind="quiet" icon="refresh" onClick={runs.refetch}>
          {counted(runs.newer, "new run")}
        </Button>
      )}
      {selected.length > 0 && (
        <>
          {selected.length > 1 ? (
            <Link to="/compare-runs" search={{ runs: selected, experiments: [experimentId] }} className="button button-primary">
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
            <Button icon="tag" onClick={() => setTagging(true)}>
              Tags
            </Button>
          )}
          <Button
            icon={isDeleted ? "restore" : "trash"}
            busy={change.isPending}
            onClick={() => void doWithUndo(isDeleted ? "restore" : "delete")}
          >
            {isDeleted ? "Restore" : "Delete"}
          </Button>
          <Button kind="quiet" onClick={() => onSelect(undefined)}>
            Clear
          </Button>
        </>
      )}
      <span className="toolbar-end">
        {hasTable && runs.hasNested && !search.group && (
          <Switch label="Nested" checked={!search.flat} onChange={(on) => onLook({ flat: on ? undefined : true, open: undefined })} />
        )}
        {hasTable && (
          <Switch
            label="Only differences"
            checked={search.differences ?? false}
            onChange={(on) => onLook({ differences: on || undefined })}
          />
        )}
        <Menu
          trigger={
            <Button kind="quiet" icon="download" busy={saving} disabled={!runs.total}>
              Export
            </Button>
          }
          items={[
            { label: "CSV", icon: "table", onSelect: () => void save("csv") },
            { label: "Parquet", icon: "columns", onSelect: () => void save("parquet") },
            { label: "Report with curves (HTML)", icon: "chart", onSelect: () => void save("html") },
          ]}
        />
      </span>
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
      {tagging && (
        <Suspense>
          <TagRunsDialog ids={selected} rows={runs.rows} onClose={() => setTagging(false)} />
        </Suspense>
      )}
    </div>
  );
}
