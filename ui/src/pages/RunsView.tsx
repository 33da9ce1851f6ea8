import { useNavigate } from "@tanstack/react-router";
import { lazy, type ReactNode, Suspense, useCallback, useMemo, useState } from "react";

import type { RunRow } from "../api/schema";
import { Button } from "../components/Button";
import { Choice } from "../components/Field";
import { type FilterDraft, FilterBox } from "../components/FilterBox";
import { useNotices } from "../components/Notices";
import { Popover } from "../components/Popover";
import { Failure, Skeleton } from "../components/States";
import { ATTRIBUTE_COLUMNS, type ColumnId, columnTitle } from "../lib/columns";
import { withClause } from "../lib/filter";
import { plainId } from "../lib/groups";
import { NOT_NARROWED, narrowText } from "../lib/narrow";
import { counted } from "../lib/numbers";
import { eachOnce, rowColours } from "../lib/palette";
import { branchFilter, clauseOf } from "../lib/runTree";
import { star, useStars } from "../lib/stars";
import { useDark } from "../lib/theme";
import { type ExperimentSearch, MOST_PINNED } from "../lib/viewState";
import { RunsTable } from "./RunsTable";
import { SelectionLine } from "./SelectionLine";
import type { Runs } from "./useRuns";

const ColumnPicker = lazy(() => import("../components/ColumnPicker").then(({ ColumnPicker: component }) => ({ default: component })));
const GroupPicker = lazy(() => import("./GroupPicker"));
const DatasetsDialog = lazy(() => import("./DatasetsDialog"));
const RunColourDialog = lazy(() => import("./RunColourDialog"));
const NoRuns = lazy(() => import("./NoRuns"));
const NarrowPanel = lazy(() => import("./NarrowPanel"));
const SortPanel = lazy(() => import("./SortPanel"));
const ViewsPanel = lazy(() => import("./ViewsPanel"));

interface RunsViewProps {
  name: string;
  runs: Runs;
  search: ExperimentSearch;
  /** Shown instead of the table. */
  children?: ReactNode;
}

const NOTHING: string[] = [];
const NO_WIDTHS: Record<string, number> = {};
type Which = "Active" | "Starred" | "Deleted";

/** The filter, the selection and the table of an experiment's runs. */
export function RunsView({ name, runs, search, children }: RunsViewProps) {
  const navigate = useNavigate();
  const dark = useDark();
  const stars = useStars();
  const starred = useMemo(() => new Set(stars), [stars]);
  const [draft, setDraft] = useState<FilterDraft | null>(null);
  const [withData, setWithData] = useState<RunRow | null>(null);
  const [coloured, setColoured] = useState<RunRow | null>(null);
  const { tell } = useNotices();
  const selected = search.runs ?? NOTHING;
  const pinned = search.pinned ?? NOTHING;
  const widths = search.widths ?? NO_WIDTHS;
  const by = search.group ?? NOTHING;
  const look = useCallback(
    (change: Partial<ExperimentSearch> | ((old: ExperimentSearch) => Partial<ExperimentSearch>), replace = false) =>
      void navigate({ to: ".", search: (old: object) => ({ ...old, ...(typeof change === "function" ? change(old) : change) }), replace }),
    [navigate],
  );
  const keys = useMemo(
    () => ({
      metrics: (runs.known?.metrics ?? []).map((column) => column.key),
      params: (runs.known?.params ?? []).map((column) => column.key),
      tags: (runs.known?.tags ?? []).map((column) => column.key),
      values: (group: "params" | "tags" | "attributes", key: string) => knownValues(runs.rows, group, key),
    }),
    [runs.known, runs.rows],
  );
  const colours = useMemo(() => rowColours(eachOnce([...runs.rows.slice(0, 1000), ...runs.onTop]), dark), [runs.rows, runs.onTop, dark]);
  const hidden = useMemo(() => new Set(search.hiddenRuns), [search.hiddenRuns]);
  const compare = () =>
    void navigate({ to: "/compare-runs", search: { runs: selected, experiments: runs.question.experimentIds } });
  const open = (row: RunRow) =>
    void navigate({ to: "/experiments/$experimentId/runs/$runId", params: { experimentId: row.experiment_id, runId: row.run_id } });

  // Rows are drawn anew when what they are given changes, so these stay the same.
  const onFold = useCallback(
    (id: string, isOpen: boolean) =>
      look((old) => {
        const rest = (old.open ?? []).filter((each) => each !== id);
        const next = isOpen ? [...rest, id] : rest;
        return { open: next.length > 0 ? next : undefined };
      }, true),
    [look],
  );
  const onClause = useCallback(
    (column: ColumnId, value: string) => look((old) => ({ searchFilter: withClause(old.searchFilter ?? "", clauseOf(column, value)) })),
    [look],
  );
  const onMore = useCallback(
    (branch: string) =>
      look((old) => ({ searchFilter: branchFilter(branch, old.searchFilter ?? "", old.group ?? []), group: undefined, open: undefined })),
    [look],
  );
  const onStar = useCallback((id: string) => star(stars, id), [stars]);
  const { pinnedRuns } = search;
  const onTopOrNot = useCallback(
    (id: string) => {
      const next = withOrWithout(pinnedRuns, id);
      if (next.length <= MOST_PINNED) look({ pinnedRuns: next.length > 0 ? next : undefined }, true);
      else tell(`${MOST_PINNED} runs are on top, which is as many as there is room for. Take one of them down first.`);
    },
    [pinnedRuns, look, tell],
  );
  const onHide = useCallback(
    (id: string) =>
      look((old) => {
        const next = withOrWithout(old.hiddenRuns, id);
        return { hiddenRuns: next.length > 0 ? next : undefined };
      }, true),
    [look],
  );

  const order = search.orderByKey ? { key: search.orderByKey, ascending: search.orderByAsc ?? false } : null;
  const onOrder = (next: typeof order) => look({ orderByKey: next?.key, orderByAsc: next?.ascending || undefined });
  const narrowing = narrowText(search);
  const asked = useMemo(() => JSON.stringify({ ...runs.question, columns: [] }), [runs.question]);
  const which: Which = search.starred ? "Starred" : (search.lifecycleFilter ?? "Active");
  const isEmpty = !runs.isPending && runs.lines.length === 0 && !runs.error && !runs.filterError;
  return (
    <>
      <div className="toolbar">
        <FilterBox
          value={search.searchFilter ?? ""}
          keys={keys}
          draft={draft}
          error={runs.filterError}
          onSearch={(filter) => look({ searchFilter: filter || undefined })}
        />
        <Choice<Which>
          label="Which runs"
          value={which}
          choices={[
            { value: "Active", text: "Active" },
            { value: "Starred", text: "Starred" },
            { value: "Deleted", text: "Deleted" },
          ]}
          onChange={(value) =>
            look({ lifecycleFilter: value === "Deleted" ? value : undefined, starred: value === "Starred" || undefined, runs: undefined })
          }
        />
        <Popover label="Time, data, models" trigger={<Button icon="clock" className={narrowing ? "button-set" : ""}>{narrowing || "Time, data, models"}</Button>}>
          <Suspense fallback={<Skeleton lines={4} />}>
            <NarrowPanel experimentIds={runs.question.experimentIds} narrowing={search} onChange={(change) => look(change)} />
          </Suspense>
        </Popover>
        <Popover label="Sort" trigger={<Button icon="sort" className={order ? "button-set" : ""}>{order ? `${orderTitle(order.key)} ${order.ascending ? "↑" : "↓"}` : "Sort"}</Button>}>
          <Suspense fallback={<Skeleton lines={4} />}>
            <SortPanel columns={runs.known} order={order} onOrder={onOrder} />
          </Suspense>
        </Popover>
        <Popover label="Group" trigger={<Button icon="group">{by.length > 0 ? `Grouped by ${by.length}` : "Group"}</Button>}>
          <Suspense fallback={<Skeleton lines={4} />}>
            <GroupPicker
              columns={runs.known}
              chosen={by}
              onChange={(group) => look({ group: group.length > 0 ? group : undefined, open: undefined }, true)}
            />
          </Suspense>
        </Popover>
        {children === undefined && (
          <Popover label="Columns" trigger={<Button icon="columns">Columns</Button>}>
            <Suspense fallback={<Skeleton lines={4} />}>
              <ColumnPicker
                columns={runs.known}
                chosen={runs.columns}
                isDefault={search.cols === undefined && pinned.length === 0 && widths === NO_WIDTHS}
                onChange={(cols) => look(cols === null ? { cols: undefined, pinned: undefined, widths: undefined } : { cols }, true)}
              />
            </Suspense>
          </Popover>
        )}
        <Popover label="Views" trigger={<Button icon="views">Views</Button>}>
          <Suspense fallback={<Skeleton lines={3} />}>
            <ViewsPanel experimentIds={runs.question.experimentIds} search={search} />
          </Suspense>
        </Popover>
      </div>
      <SelectionLine
        name={name}
        runs={runs}
        selected={selected}
        search={search}
        hasTable={children === undefined}
        onSelect={(ids) => look({ runs: ids }, true)}
        onLook={(change) => look(change, true)}
      />
      {runs.error && <Failure error={runs.error} what="read the runs" onRetry={runs.refetch} />}
      {children ?? (
        <>
          {runs.isPending && <Skeleton lines={8} height="1.5rem" />}
          {isEmpty && (
            <Suspense>
              <NoRuns search={search} experimentName={name} onClear={() => look({ searchFilter: undefined, ...NOT_NARROWED })} />
            </Suspense>
          )}
          {runs.lines.length > 0 && (
            <RunsTable
              lines={runs.lines}
              question={asked}
              total={runs.lineCount}
              columns={runs.columns}
              pinned={pinned}
              widths={widths}
              by={by}
              isTree={runs.isTree || by.length > 0}
              order={order}
              selected={selected}
              stars={starred}
              onTop={runs.onTop}
              hidden={hidden}
              colours={colours}
              onOrder={onOrder}
              onColumns={(cols) => look({ cols }, true)}
              onPin={(ids) => look({ pinned: ids.length > 0 ? ids : undefined }, true)}
              onWidth={(id, width) =>
                look((old) => {
                  const rest = Object.fromEntries(Object.entries(old.widths ?? {}).filter(([each]) => each !== id));
                  return { widths: width === null ? rest : { ...rest, [id]: width } };
                }, true)
              }
              onGroup={(id) => look({ group: [...by.filter((each) => each !== id), id], open: undefined })}
              onFilter={(field) => setDraft({ text: `${search.searchFilter ? `${search.searchFilter} AND ` : ""}${field} ` })}
              onSelect={(ids) => look({ runs: ids.length > 0 ? ids : undefined }, true)}
              onStar={onStar}
              onTopOrNot={onTopOrNot}
              onHide={onHide}
              onColour={setColoured}
              onFold={onFold}
              onOpen={open}
              onCompare={compare}
              onClause={onClause}
              onDatasets={setWithData}
              onMore={onMore}
              onRetry={runs.refetch}
              onSight={runs.onSight}
            />
          )}
          <Suspense>
            {withData && <DatasetsDialog row={withData} onClose={() => setWithData(null)} />}
            {coloured && <RunColourDialog run={{ id: coloured.run_id, name: coloured.run_name || coloured.run_id, tags: coloured.tags }} onClose={() => setColoured(null)} />}
          </Suspense>
          {runs.groups && runs.groups.total > runs.groups.shown && (
            <p className="quiet runs-foot">
              The largest {runs.groups.shown.toLocaleString("en-US")} of {counted(runs.groups.total, "group")} are shown. Filter to see others.
            </p>
          )}
        </>
      )}
    </>
  );
}

function withOrWithout(ids: string[] = [], id: string): string[] {
  return ids.includes(id) ? ids.filter((each) => each !== id) : [...ids, id];
}

/** What a table is sorted by, in words. */
function orderTitle(key: string): string {
  if (key === "attributes.run_name") return "Name";
  return ATTRIBUTE_COLUMNS.find((column) => column.orderBy === key)?.title ?? columnTitle(plainId(key));
}

/** The values that the loaded rows hold, to be completed in a filter. */
function knownValues(rows: RunRow[], group: "params" | "tags" | "attributes", key: string): string[] {
  const found = new Set<string>();
  for (const row of rows) {
    const value = group === "attributes" ? attribute(row, key) : row[group][key];
    if (value) found.add(value);
    if (found.size >= 200) break;
  }
  return [...found].sort((a, b) => a.localeCompare(b, "en", { numeric: true }));
}

function attribute(row: RunRow, key: string): string | undefined {
  if (key === "run_name") return row.run_name;
  if (key === "user_id") return row.user_id;
  return key === "run_id" ? row.run_id : undefined;
}
