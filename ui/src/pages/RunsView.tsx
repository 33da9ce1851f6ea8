import { Link, useNavigate } from "@tanstack/react-router";
import { type ReactNode, useMemo, useState } from "react";

import { trackingUri } from "../api/http";
import { useChangeRun } from "../api/runs";
import type { RunRow } from "../api/schema";
import { Button } from "../components/Button";
import { ColumnPicker } from "../components/ColumnPicker";
import { Snippet } from "../components/Copy";
import { Choice } from "../components/Field";
import { FilterBox } from "../components/FilterBox";
import { NameDialog } from "../components/LazyDialogs";
import { useNotices } from "../components/Notices";
import { Popover } from "../components/Popover";
import { Empty, Failure, Skeleton } from "../components/States";
import { counted } from "../lib/numbers";
import { runColours } from "../lib/palette";
import { useDark } from "../lib/theme";
import type { ExperimentSearch } from "../lib/viewState";
import { saveRunsAsCsv } from "./runsCsv";
import { RunsTable } from "./RunsTable";
import type { Runs } from "./useRuns";

interface RunsViewProps {
  experimentId: string;
  name: string;
  runs: Runs;
  search: ExperimentSearch;
  /** Shown instead of the table. */
  children?: ReactNode;
}

/** The filter, the selection and the table of an experiment's runs. */
export function RunsView({ experimentId, name, runs, search, children }: RunsViewProps) {
  const navigate = useNavigate();
  const dark = useDark();
  const selected = useMemo(() => search.runs ?? [], [search.runs]);
  const look = (change: Partial<ExperimentSearch>, replace = false) =>
    void navigate({ to: ".", search: (old: object) => ({ ...old, ...change }), replace });
  const keys = useMemo(
    () => ({
      metrics: (runs.known?.metrics ?? []).map((column) => column.key),
      params: (runs.known?.params ?? []).map((column) => column.key),
      tags: (runs.known?.tags ?? []).map((column) => column.key),
    }),
    [runs.known],
  );
  const colours = useMemo(() => runColours(runs.rows.slice(0, 1000).map((row) => row.run_id), dark), [runs.rows, dark]);
  const compare = () =>
    void navigate({ to: "/compare-runs", search: { runs: selected, experiments: [experimentId] } });
  const open = (row: RunRow) =>
    void navigate({ to: "/experiments/$experimentId/runs/$runId", params: { experimentId: row.experiment_id, runId: row.run_id } });

  const isEmpty = !runs.isPending && runs.rows.length === 0 && !runs.error && !runs.filterError;
  return (
    <>
      <div className="toolbar">
        <FilterBox
          value={search.searchFilter ?? ""}
          keys={keys}
          error={runs.filterError}
          onSearch={(filter) => look({ searchFilter: filter || undefined })}
        />
        <Choice
          label="Which runs"
          value={search.lifecycleFilter ?? "Active"}
          choices={[
            { value: "Active", text: "Active" },
            { value: "Deleted", text: "Deleted" },
          ]}
          onChange={(value) => look({ lifecycleFilter: value === "Deleted" ? value : undefined, runs: undefined })}
        />
        {children === undefined && (
          <Popover label="Columns" trigger={<Button icon="columns">Columns</Button>}>
            <ColumnPicker
              columns={runs.known}
              chosen={runs.columns}
              isDefault={search.cols === undefined}
              onChange={(cols) => look({ cols: cols ?? undefined }, true)}
            />
          </Popover>
        )}
      </div>
      <SelectionLine experimentId={experimentId} name={name} runs={runs} selected={selected} onSelect={(ids) => look({ runs: ids }, true)} />
      {runs.error && <Failure error={runs.error} what="read the runs" onRetry={runs.refetch} />}
      {children ?? (
        <>
          {runs.isPending && <Skeleton lines={8} height="1.5rem" />}
          {isEmpty && <NoRuns search={search} experimentName={name} onClear={() => look({ searchFilter: undefined })} />}
          {runs.rows.length > 0 && (
            <RunsTable
              rows={runs.rows}
              total={runs.total ?? runs.rows.length}
              columns={runs.columns}
              order={search.orderByKey ? { key: search.orderByKey, ascending: search.orderByAsc ?? false } : null}
              selected={selected}
              colours={colours}
              onOrder={(order) => look({ orderByKey: order?.key, orderByAsc: order?.ascending || undefined })}
              onSelect={(ids) => look({ runs: ids.length > 0 ? ids : undefined }, true)}
              onOpen={open}
              onCompare={compare}
              onSight={runs.onSight}
            />
          )}
        </>
      )}
    </>
  );
}

interface SelectionLineProps {
  experimentId: string;
  name: string;
  runs: Runs;
  selected: string[];
  onSelect: (ids: string[] | undefined) => void;
}

/** How many runs there are, and what can be done with the ticked ones. */
function SelectionLine({ experimentId, name, runs, selected, onSelect }: SelectionLineProps) {
  const [renaming, setRenaming] = useState<RunRow | null>(null);
  const [saving, setSaving] = useState(false);
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
  const save = async () => {
    setSaving(true);
    await saveRunsAsCsv(name, runs.question, runs.columns, selected).catch(tellFailure);
    setSaving(false);
  };
  const first = runs.rows.find((row) => row.run_id === selected[0]);
  return (
    <div className="runs-line">
      <span role="status">
        {runs.isPending && "Reading the runs…"}
        {runs.total !== undefined && <strong>{counted(runs.total, "run")}</strong>}
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
        <Button kind="quiet" icon="download" busy={saving} disabled={!runs.total} onClick={() => void save()}>
          CSV
        </Button>
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
    </div>
  );
}

interface NoRunsProps {
  search: ExperimentSearch;
  experimentName: string;
  onClear: () => void;
}

function NoRuns({ search, experimentName, onClear }: NoRunsProps) {
  if (search.searchFilter) {
    return (
      <Empty icon="search" title="No run matches the filter">
        <Button onClick={onClear}>Clear the filter</Button>
      </Empty>
    );
  }
  if (search.lifecycleFilter === "Deleted") return <Empty icon="trash" title="No run was deleted" />;
  return (
    <Empty icon="chart" title="No run yet">
      <p>Runs appear here while they are logged.</p>
      <Snippet
        label="Log a run to this experiment"
        code={`import flowmill\n\nflowmill.set_tracking_uri(${JSON.stringify(trackingUri())})\nflowmill.set_experiment(${JSON.stringify(experimentName)})\nwith flowmill.start_run():\n    flowmill.log_param("lr", 0.01)\n    flowmill.log_metric("accuracy", 0.93)`}
      />
    </Empty>
  );
}
