import { infiniteQueryOptions, keepPreviousData, queryOptions } from "@tanstack/react-query";

import { COLOUR_TAG } from "../lib/palette";
import { send } from "./http";

export type RunView = "ACTIVE_ONLY" | "DELETED_ONLY" | "ALL";

export interface RunQuestion {
  experimentIds: string[];
  filter: string;
  /** As MLflow's `order_by`, e.g. "metrics.`val/loss` ASC"; empty for newest first. */
  orderBy: string;
  view: RunView;
  /** Which "metrics.k", "params.k" and "tags.k" each row carries. */
  columns: string[];
  /** Only runs that are not below another one. */
  roots?: boolean;
  /** Only some of these. */
  runIds?: string[] | undefined;
}

/** The tag of a run that logged pictures by key and step. */
export const IMAGES_TAG = "mlflow.loggedImages";

export const runKeys = {
  all: ["runs"] as const,
  rows: (question: RunQuestion) => ["runs", "rows", question] as const,
  branches: ["runs", "branch"] as const,
  pinned: ["runs", "pinned"] as const,
  some: (ids: string[]) => ["runs", "some", ids] as const,
  columns: (experimentIds: string[]) => ["runs", "columns", experimentIds] as const,
  columnsOf: ["runs", "columns of"] as const,
  one: (id: string) => ["runs", "one", id] as const,
};

/** Small first so that the table is there at once, then larger so that a jump to the end needs few requests. */
const PAGE_SIZES = [200, 500, 1000];

interface PageStart {
  token: string;
  index: number;
}

/** A question that leaves `columns` out asks for all that its runs have. */
export type RowsAsked = Omit<RunQuestion, "columns"> & { columns?: string[] | undefined };

/** The first `most` rows that answer the question, from where `token` says, each with the colour that was chosen for it. */
export function readRows(question: RowsAsked, most: number, signal?: AbortSignal, token = "") {
  return send(
    "POST flowmill/1/runs/rows",
    {
      experiment_ids: question.experimentIds,
      filter: question.filter,
      order_by: question.orderBy ? [question.orderBy] : [],
      run_view_type: question.view,
      ...(question.columns ? { columns: [...question.columns, `tags.${COLOUR_TAG}`] } : {}),
      ...(question.roots ? { roots: true } : {}),
      ...(question.runIds ? { run_ids: question.runIds } : {}),
      max_results: most,
      page_token: token,
    },
    signal,
  );
}

export function runRows(question: RunQuestion) {
  return infiniteQueryOptions({
    queryKey: runKeys.rows(question),
    queryFn: ({ pageParam, signal }) => readRows(question, PAGE_SIZES[Math.min(pageParam.index, PAGE_SIZES.length - 1)]!, signal, pageParam.token),
    initialPageParam: { token: "", index: 0 } as PageStart,
    getNextPageParam: (page, pages): PageStart | undefined =>
      page.next_page_token ? { token: page.next_page_token, index: pages.length } : undefined,
  });
}

/** What lies below a run or in a group; more than this is looked at with a filter of its own. */
const MOST_IN_BRANCH = 1000;

export function runBranch(filter: string, question: RunQuestion) {
  return queryOptions({
    queryKey: [...runKeys.branches, filter, question],
    queryFn: ({ signal }) => readRows({ ...question, filter }, MOST_IN_BRANCH, signal),
  });
}

/** The runs that match in groups of equal values, the largest first. */
export function runGroups(question: RunQuestion, by: string[]) {
  return queryOptions({
    queryKey: [...runKeys.all, "groups", by, { ...question, orderBy: "" }],
    queryFn: ({ signal }) =>
      send(
        "POST flowmill/1/runs/groups",
        {
          experiment_ids: question.experimentIds,
          filter: question.filter,
          run_view_type: question.view,
          by,
          columns: question.columns.filter((column) => !column.startsWith("attributes.")),
        },
        signal,
      ),
  });
}

/** How many runs match, asked again now and then while the page is looked at, so that new runs are noticed. */
export function runTotal(question: RunQuestion, every: number | false) {
  const asked = { ...question, orderBy: "", columns: [] };
  return queryOptions({
    queryKey: [...runKeys.all, "total", asked],
    queryFn: async ({ signal }) => (await readRows(asked, 1, signal)).total,
    refetchInterval: every,
    retry: false,
  });
}

/** These runs whatever their state; without `columns` with all that they have. */
export function rowsOf(ids: string[], experimentIds: string[], columns: string[] | undefined, signal?: AbortSignal) {
  return readRows({ experimentIds, filter: "", orderBy: "", view: "ALL", columns, runIds: ids }, Math.max(1, ids.length), signal);
}

/** The runs that stay on top of a table. What was shown of them stays while other columns are read. */
export function pinnedRows(ids: string[], experimentIds: string[], columns: string[]) {
  return queryOptions({
    queryKey: [...runKeys.pinned, ids, experimentIds, columns],
    queryFn: async ({ signal }) => (await rowsOf(ids, experimentIds, columns, signal)).rows,
    placeholderData: keepPreviousData,
  });
}

/** Fresh rows of runs that are still going on, to be laid over the ones already shown. */
export function freshRows(ids: string[], experimentIds: string[], columns: string[], every: number) {
  return queryOptions({
    queryKey: [...runKeys.all, "fresh", ids, columns],
    queryFn: async ({ signal }) => (await rowsOf(ids, experimentIds, columns, signal)).rows,
    enabled: ids.length > 0,
    refetchInterval: every,
    retry: false,
  });
}

/** What some of their runs have; `every`: ms until they are asked again, while one of them goes on. */
export function columnsOfRuns(ids: string[], experimentIds: string[], every: number | false) {
  return queryOptions({
    queryKey: [...runKeys.columnsOf, ids, experimentIds],
    queryFn: async ({ signal }) => send("POST flowmill/1/runs/columns", { experiment_ids: experimentIds, run_ids: ids }, signal),
    enabled: ids.length > 0,
    placeholderData: keepPreviousData,
    refetchInterval: every,
  });
}

export function runColumns(experimentIds: string[]) {
  return queryOptions({
    queryKey: runKeys.columns(experimentIds),
    queryFn: async ({ signal }) => send("POST flowmill/1/runs/columns", { experiment_ids: experimentIds }, signal),
    staleTime: 30_000,
  });
}
