import { type InfiniteData, useInfiniteQuery, useQueries, useQuery, useQueryClient } from "@tanstack/react-query";
import { useCallback, useEffect, useMemo, useState } from "react";

import { ApiError } from "../api/http";
import { useEvery, useLive, usePushed } from "../api/live";
import { freshRows, pinnedRows, runBranch, runGroups, type RunQuestion, runColumns, runKeys, runRows, runTotal } from "../api/runRows";
import type { RunColumns, RunRow, RunRows } from "../api/schema";
import { carried, type ColumnId, defaultColumns, differingColumns, withoutEmptyModel } from "../lib/columns";
import { sortedGroups } from "../lib/groups";
import { type Branch, branchFilter, groupTree, groupValues, runTree, type TableLine } from "../lib/runTree";
import { useStars } from "../lib/stars";
import { narrowed, narrowingOf } from "../lib/narrow";
import { useLastGood } from "../lib/useLastGood";
import type { ExperimentSearch } from "../lib/viewState";

/** Running rows that are read again; more than a screen of them at once would cost more than it tells. */
const MOST_LIVE = 100;
const TOTAL_EVERY = 10_000;

/** So many branches are kept open; more is a filter's work. */
const MOST_OPEN = 50;
const NOTHING: string[] = [];

export interface Runs {
  /** What the table shows, from its top as far as it was fetched. */
  lines: TableLine[];
  /** How many lines the table has in all. */
  lineCount: number;
  /** The runs among the lines. */
  rows: RunRow[];
  /** The runs that stay on top, whether the filter finds them or not. */
  onTop: RunRow[];
  /** How many runs match in all; undefined until the server has said so. */
  total: number | undefined;
  /** How many groups there are, and how many of them are shown. */
  groups: { total: number; shown: number } | undefined;
  /** Whether nested runs stand below their parents. */
  isTree: boolean;
  /** Whether any run of the experiment has a parent. */
  hasNested: boolean;
  columns: ColumnId[];
  known: RunColumns | undefined;
  question: RunQuestion;
  isPending: boolean;
  isFetching: boolean;
  /** A filter that the server refused; it belongs beneath the filter. */
  filterError: string | null;
  /** Any other failure. */
  error: Error | null;
  /** How many runs came since the rows were read; 0 when that is not known. */
  newer: number;
  refetch: () => void;
  /** Fetches on until the row with this index is there. */
  onSight: (index: number) => void;
}

/** The runs of experiments as the address asks for them, fetched as they come into view. The list stays the same one. */
export function useRuns(experimentIds: string[], search: ExperimentSearch): Runs {
  const cache = useQueryClient();
  const stars = useStars();
  const known = useQuery(runColumns(experimentIds));
  const columns = useMemo(
    () => search.cols ?? [...(experimentIds.length > 1 ? ["attributes.experiment"] : []), ...defaultColumns(known.data)],
    [search.cols, known.data, experimentIds],
  );
  const by = search.group ?? NOTHING;
  const isGrouped = by.length > 0;
  const hasNested = known.data?.tags.some((tag) => tag.key === "mlflow.parentRunId") ?? false;
  // A range such as the last hour is counted from when it was asked for, not anew with every row that comes.
  const [asked, setAsked] = useState(() => ({ startTime: search.startTime, now: minute() }));
  if (asked.startTime !== search.startTime) setAsked({ startTime: search.startTime, now: minute() });
  const { startTime, data, modelVersionFilter, versions } = search;
  const filter = useMemo(
    () => narrowed(search.searchFilter ?? "", narrowingOf({ startTime, data, modelVersionFilter, versions }), asked.now),
    [search.searchFilter, startTime, data, modelVersionFilter, versions, asked.now],
  );
  // What a filter finds stands on its own: its parents need not match.
  const isTree = hasNested && !isGrouped && !search.flat && filter === "" && !search.starred;
  const question = useMemo<RunQuestion>(
    () => ({
      experimentIds,
      filter,
      orderBy: search.orderByKey ? `${search.orderByKey} ${search.orderByAsc ? "ASC" : "DESC"}` : "",
      view: search.lifecycleFilter === "Deleted" ? "DELETED_ONLY" : "ACTIVE_ONLY",
      columns: [...carried(columns), "tags.mlflow.parentRunId", ...(hasNested ? ["attributes.children"] : [])],
      ...(isTree ? { roots: true } : {}),
      ...(search.starred ? { runIds: stars } : {}),
    }),
    [experimentIds, filter, search.orderByKey, search.orderByAsc, search.lifecycleFilter, search.starred, columns, hasNested, isTree, stars],
  );
  // Without the columns the first rows would be fetched twice: once for the default columns, once for the real ones.
  const query = useInfiniteQuery({ ...runRows(question), enabled: !known.isPending && !isGrouped });
  const grouping = useQuery({ ...runGroups(question, by), enabled: !known.isPending && isGrouped });
  const shown = useLastGood(query.data, experimentIds.join(" "));
  const shownGroups = useLastGood(grouping.data, `${experimentIds.join(" ")} ${JSON.stringify(by)}`);
  const roots = useMemo(() => (isGrouped ? [] : (shown?.pages.flatMap((page) => page.rows ?? []) ?? [])), [shown, isGrouped]);
  const rootTotal = shown?.pages[0]?.total;

  const open = useMemo(() => {
    const ids = (search.open ?? NOTHING).filter((id) => isGrouped === (groupValues(id) !== null) || groupValues(id) === null);
    return isGrouped || isTree ? ids.slice(0, MOST_OPEN) : NOTHING;
  }, [search.open, isGrouped, isTree]);
  const branches = useQueries({
    queries: open.map((id) => ({ ...runBranch(branchFilter(id, question.filter, by), branchQuestion(question)), enabled: !known.isPending })),
    combine: (answers) =>
      new Map(
        answers.map((answer, at): [string, Branch] => [
          open[at]!,
          { rows: answer.data?.rows ?? [], total: answer.data?.total ?? 0, error: answer.data ? null : answer.error, isPending: answer.isPending },
        ]),
      ),
  });
  const lines = useMemo(() => {
    const unfolded = new Set(open);
    if (!isGrouped) return runTree(roots, isTree ? unfolded : new Set(), branches);
    const order = search.orderByKey ? { key: search.orderByKey, ascending: search.orderByAsc ?? false } : null;
    return groupTree(sortedGroups(shownGroups?.groups ?? [], by, order), unfolded, branches);
  }, [roots, shownGroups, open, isGrouped, isTree, branches, by, search.orderByKey, search.orderByAsc]);
  const rows = useMemo(() => lines.flatMap((line) => (line.kind === "run" ? [line.row] : [])), [lines]);
  const shownColumns = useMemo(() => {
    const filled = search.cols ? columns : withoutEmptyModel(columns, rows);
    const fitting = search.differences ? differingColumns(filled, rows) : filled;
    const pinned = search.pinned ?? NOTHING;
    return [...fitting.filter((id) => pinned.includes(id)), ...fitting.filter((id) => !pinned.includes(id))];
  }, [search.cols, search.differences, search.pinned, columns, rows]);

  const pinnedRuns = search.pinnedRuns ?? NOTHING;
  const topColumns = useMemo(() => [...question.columns, ...carried(by)], [question.columns, by]);
  const pinned = useQuery({ ...pinnedRows(pinnedRuns, experimentIds, topColumns), enabled: pinnedRuns.length > 0 && !known.isPending });
  const onTop = useMemo(
    () => pinnedRuns.flatMap((id) => pinned.data?.find((row) => row.run_id === id) ?? []),
    [pinnedRuns, pinned.data],
  );

  const live = useMemo(
    () => [...new Set([...onTop, ...rows].filter((row) => row.status === "RUNNING").map((row) => row.run_id))].slice(0, MOST_LIVE),
    [onTop, rows],
  );
  useLive(live, experimentIds);
  const isPushed = usePushed();
  const fresh = useQuery(freshRows(live, question.experimentIds, question.columns, useEvery()));
  useEffect(() => {
    if (!fresh.data) return;
    const byId = new Map(fresh.data.map((row) => [row.run_id, row]));
    const renewed = (page: RunRows): RunRows => ({ ...page, rows: (page.rows ?? []).map((row) => byId.get(row.run_id) ?? row) });
    cache.setQueryData<InfiniteData<RunRows>>(runKeys.rows(question), (old) => old && { ...old, pages: old.pages.map(renewed) });
    cache.setQueriesData<RunRows>({ queryKey: runKeys.branches }, (old) => old && renewed(old));
    cache.setQueriesData<RunRow[]>({ queryKey: runKeys.pinned }, (old) => old?.map((row) => byId.get(row.run_id) ?? row));
  }, [fresh.data, cache, question]);

  const top = isGrouped ? grouping : query;
  const total = isGrouped ? shownGroups?.runs : rootTotal;
  // A run may come to match a filter without being new, which nobody tells.
  const totalEvery = isPushed && question.filter === "" ? false : TOTAL_EVERY;
  const now = useQuery({ ...runTotal(question, totalEvery), enabled: top.isSuccess });
  const newer = now.data !== undefined && top.isSuccess ? Math.max(0, now.data - (total ?? 0)) : 0;
  // The rows of a tree are its roots; people ask how many runs there are.
  const everyRun = useQuery({ ...runTotal({ ...question, roots: false }, totalEvery), enabled: isTree });
  const { fetchNextPage, hasNextPage, isFetching } = query;
  const refetchColumns = known.refetch;
  const again = useCallback(() => {
    void refetchColumns();
    void cache.invalidateQueries({ queryKey: runKeys.all, predicate: (each) => each.queryKey[1] !== "total" });
  }, [refetchColumns, cache]);
  // While only the first page is there, new runs simply appear; further down they would move what is being read.
  const isShort = isGrouped || (shown?.pages.length ?? 0) < 2;
  useEffect(() => {
    if (newer > 0 && isShort) again();
  }, [newer, isShort, again]);

  const count = lines.length;
  const onSight = useCallback(
    (index: number) => {
      if (index >= count - 20 && hasNextPage && !isFetching) void fetchNextPage();
    },
    [count, hasNextPage, isFetching, fetchNextPage],
  );
  const failure = top.error ?? (top.isPending ? known.error : null);
  const refused = failure instanceof ApiError && failure.status === 400 && question.filter !== "";
  return {
    lines,
    lineCount: lines.length + (isGrouped ? 0 : Math.max(0, (rootTotal ?? roots.length) - roots.length)),
    rows,
    onTop,
    total: isTree ? everyRun.data : total,
    groups: isGrouped && shownGroups ? { total: shownGroups.total, shown: shownGroups.groups.length } : undefined,
    isTree,
    hasNested,
    columns: shownColumns,
    known: known.data,
    question,
    isPending: top.isPending && !(isGrouped ? shownGroups : shown) && !failure,
    isFetching: top.isFetching,
    filterError: refused ? failure.message : null,
    error: refused ? null : failure,
    newer: isShort ? 0 : newer,
    refetch: again,
    onSight,
  };
}

/** Now, as exactly as a table of runs needs it; an answer within the same minute is not asked for again. */
function minute(): number {
  return Math.floor(Date.now() / 60_000) * 60_000;
}

/** Below a run or in a group every run counts, not only those without a parent. */
function branchQuestion(question: RunQuestion): RunQuestion {
  const { roots: _, runIds: __, ...rest } = question;
  return { ...rest, filter: "" };
}
