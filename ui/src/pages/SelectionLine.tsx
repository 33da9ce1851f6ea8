import { useQueryClient } from "@tanstack/react-query";
import { lazy, Suspense, useState } from "react";

import { Button } from "../components/Button";
import { Switch } from "../components/Field";
import { Menu } from "../components/Menu";
import { useNotices } from "../components/Notices";
import { counted } from "../lib/numbers";
import type { ExperimentSearch } from "../lib/viewState";
import type { Runs } from "./useRuns";

const SelectionActions = lazy(() => import("./SelectionActions"));

interface SelectionLineProps {
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
export function SelectionLine({ name, runs, selected, search, hasTable, onSelect, onLook }: SelectionLineProps) {
  const [saving, setSaving] = useState(false);
  const cache = useQueryClient();
  const { tellFailure } = useNotices();

  const save = async (kind: "groups" | "csv" | "parquet" | "html") => {
    setSaving(true);
    const wanted = { name, question: runs.question, columns: runs.columns, selected };
    const saved =
      kind === "html"
        ? import("./saveReport").then(({ saveReportOf }) => saveReportOf(cache, wanted))
        : import("./saveRuns").then(({ saveGroupsAsCsv, saveRunsAsCsv, saveRunsAsParquet }) =>
            kind === "groups" ? saveGroupsAsCsv(wanted, search.group ?? []) : (kind === "csv" ? saveRunsAsCsv : saveRunsAsParquet)(wanted),
          );
    await saved.catch(tellFailure);
    setSaving(false);
  };
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
        <Suspense>
          <SelectionActions runs={runs} selected={selected} onSelect={onSelect} />
        </Suspense>
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
            ...(search.group ? [{ label: "Groups as CSV", icon: "group" as const, onSelect: () => void save("groups") }] : []),
            { label: "CSV", icon: "table", onSelect: () => void save("csv") },
            { label: "Parquet", icon: "columns", onSelect: () => void save("parquet") },
            { label: "Report with curves (HTML)", icon: "chart", onSelect: () => void save("html") },
          ]}
        />
      </span>
    </div>
  );
}
