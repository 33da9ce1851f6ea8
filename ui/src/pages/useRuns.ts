import { type InfiniteData, useInfiniteQuery, useQuery, useQueryClient } from "@tanstack/react-query";
import { useCallback, useEffect, useMemo } from "react";

import { ApiError } from "../api/http";
import { freshRows, type RunQuestion, runColumns, runKeys, runRows, runTotal } from "../api/runs";
import type { RunColumns, RunRow, RunRows } from "../api/schema";
import { carried, type ColumnId, defaultColumns, withoutEmptyModel } from "../lib/columns";
import { useLastGood } from "../lib/useLastGood";
import type { ExperimentSearch } from "../lib/viewState";

/** Running rows that are read again; more than a screen of them at once would cost more than it tells. */
const MOST_LIVE = 100;
const LIVE_EVERY = 4000;
const TOTAL_EVERY = 10_000;

export interface Runs {
  rows: RunRow[];
  /** How many runs match in all; undefined until the server has said so. */
  total: number | undefined;
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

/** The runs of an experiment as its address asks for them, fetched as they come into view. */
export function useRuns(experimentId: string, search: ExperimentSearch): Runs {
  const cache = useQueryClient();
  const known = useQuery(runColumns([experimentId]));
  const columns = useMemo(() => search.cols ?? defaultColumns(known.data), [search.cols, known.data]);
  const question = useMemo<RunQuestion>(
    () => ({
      experimentIds: [experimentId],
      filter: search.searchFilter ?? "",
      orderBy: search.orderByKey ? `${search.orderByKey} ${search.orderByAsc ? "ASC" : "DESC"}` : "",
      view: search.lifecycleFilter === "Deleted" ? "DELETED_ONLY" : "ACTIVE_ONLY",
      columns: [...carried(columns), "tags.mlflow.parentRunId"],
    }),
    [experimentId, search.searchFilter, search.orderByKey, search.orderByAsc, search.lifecycleFilter, columns],
  );
  // Without the columns the first rows would be fetched twice: once for the default columns, once for the real ones.
  const query = useInfiniteQuery({ ...runRows(question), enabled: !known.isPending });
  const shown = useLastGood(query.data, experimentId);
  const rows = useMemo(() => shown?.pages.flatMap((page) => page.rows ?? []) ?? [], [shown]);
  const total = shown?.pages[0]?.total;
  const shownColumns = useMemo(() => (search.cols ? columns : withoutEmptyModel(columns, rows)), [search.cols, columns, rows]);

  const live = useMemo(
    () => rows.filter((row) => row.status === "RUNNING").slice(0, MOST_LIVE).map((row) => row.run_id),
    [rows],
  );
  const fresh = useQuery(freshRows(live, question.experimentIds, question.columns, LIVE_EVERY));
  useEffect(() => {
    if (!fresh.data) return;
    const byId = new Map(fresh.data.map((row) => [row.run_id, row]));
    cache.setQueryData<InfiniteData<RunRows>>(runKeys.rows(question), (old) =>
      old && {
        ...old,
        pages: old.pages.map((page) => ({ ...page, rows: (page.rows ?? []).map((row) => byId.get(row.run_id) ?? row) })),
      },
    );
  }, [fresh.data, cache, question]);

  const now = useQuery({ ...runTotal(question, TOTAL_EVERY), enabled: query.isSuccess });
  const newer = now.data !== undefined && query.isSuccess ? Math.max(0, now.data - (total ?? 0)) : 0;
  const { refetch, fetchNextPage, hasNextPage, isFetching } = query;
  const refetchColumns = known.refetch;
  const again = useCallback(() => {
    void refetchColumns();
    void refetch();
  }, [refetch, refetchColumns]);
  // While only the first page is there, new runs simply appear; further down they would move what is being read.
  const isShort = (shown?.pages.length ?? 0) < 2;
  useEffect(() => {
    if (newer > 0 && isShort) again();
  }, [newer, isShort, again]);

  const count = rows.length;
  const onSight = useCallback(
    (index: number) => {
      if (index >= count - 20 && hasNextPage && !isFetching) void fetchNextPage();
    },
    [count, hasNextPage, isFetching, fetchNextPage],
  );
  const failure = query.error ?? (query.isPending ? known.error : null);
  const refused = failure instanceof ApiError && failure.status === 400 && question.filter !== "";
  return {
    rows,
    total,
    columns: shownColumns,
    known: known.data,
    question,
    isPending: query.isPending && !shown && !failure,
    isFetching,
    filterError: refused ? failure.message : null,
    error: refused ? null : failure,
    newer: isShort ? 0 : newer,
    refetch: again,
    onSight,
  };
}
