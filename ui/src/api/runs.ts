import { infiniteQueryOptions, queryOptions, useMutation, useQueryClient } from "@tanstack/react-query";

import { quoteKey, quoteText } from "../lib/filter";
import { send } from "./http";
import type { RunRow } from "./schema";

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
  some: (ids: string[]) => ["runs", "some", ids] as const,
  columns: (experimentIds: string[]) => ["runs", "columns", experimentIds] as const,
  one: (id: string) => ["runs", "one", id] as const,
};

/** Small first so that the table is there at once, then larger so that a jump to the end needs few requests. */
const PAGE_SIZES = [200, 500, 1000];

interface PageStart {
  token: string;
  index: number;
}

export function runRows(question: RunQuestion) {
  return infiniteQueryOptions({
    queryKey: runKeys.rows(question),
    queryFn: ({ pageParam, signal }) =>
      send(
        "POST flowmill/1/runs/rows",
        {
          experiment_ids: question.experimentIds,
          filter: question.filter,
          order_by: question.orderBy ? [question.orderBy] : [],
          run_view_type: question.view,
          columns: question.columns,
          ...narrowed(question),
          max_results: PAGE_SIZES[Math.min(pageParam.index, PAGE_SIZES.length - 1)]!,
          page_token: pageParam.token,
        },
        signal,
      ),
    initialPageParam: { token: "", index: 0 } as PageStart,
    getNextPageParam: (page, pages): PageStart | undefined =>
      page.next_page_token ? { token: page.next_page_token, index: pages.length } : undefined,
  });
}

function narrowed(question: RunQuestion): { roots?: boolean; run_ids?: string[] } {
  return { ...(question.roots ? { roots: true } : {}), ...(question.runIds ? { run_ids: question.runIds } : {}) };
}

/** What lies below a run or in a group; more than this is looked at with a filter of its own. */
const MOST_IN_BRANCH = 1000;

export function runBranch(filter: string, question: RunQuestion) {
  return queryOptions({
    queryKey: [...runKeys.branches, filter, question],
    queryFn: ({ signal }) =>
      send(
        "POST flowmill/1/runs/rows",
        {
          experiment_ids: question.experimentIds,
          filter,
          order_by: question.orderBy ? [question.orderBy] : [],
          run_view_type: question.view,
          columns: question.columns,
          max_results: MOST_IN_BRANCH,
          page_token: "",
        },
        signal,
      ),
  });
}

/** The first runs that match, or these ones if any are named, with all that they have. */
export function wholeRows(question: RunQuestion, ids: string[], most: number) {
  const { roots: _, ...rest } = question;
  const asked: RunQuestion = { ...rest, ...(ids.length > 0 ? { runIds: ids } : {}) };
  return queryOptions({
    queryKey: [...runKeys.all, "whole", asked, most],
    queryFn: ({ signal }) =>
      send(
        "POST flowmill/1/runs/rows",
        {
          experiment_ids: asked.experimentIds,
          filter: ids.length > 0 ? "" : asked.filter,
          order_by: asked.orderBy ? [asked.orderBy] : [],
          run_view_type: asked.view,
          ...narrowed(asked),
          max_results: most,
          page_token: "",
        },
        signal,
      ),
    gcTime: 0,
  });
}

/** The first runs that match, nested ones among the others; or these ones if any are named. */
export function firstRows(question: RunQuestion, ids: string[], columns: string[], most: number) {
  const { roots: _, ...rest } = question;
  const asked: RunQuestion = { ...rest, columns: columns.filter((column) => !column.startsWith("attributes.")), ...(ids.length > 0 ? { runIds: ids } : {}) };
  return queryOptions({
    queryKey: [...runKeys.all, "first", asked, most],
    queryFn: ({ signal }) =>
      send(
        "POST flowmill/1/runs/rows",
        {
          experiment_ids: asked.experimentIds,
          filter: asked.filter,
          order_by: asked.orderBy ? [asked.orderBy] : [],
          run_view_type: asked.view,
          columns: asked.columns,
          ...narrowed(asked),
          max_results: most,
          page_token: "",
        },
        signal,
      ),
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
  return queryOptions({
    queryKey: [...runKeys.all, "total", { ...question, orderBy: "", columns: [] }],
    queryFn: async ({ signal }) =>
      (
        await send(
          "POST flowmill/1/runs/rows",
          {
            experiment_ids: question.experimentIds,
            filter: question.filter,
            order_by: [],
            run_view_type: question.view,
            columns: [],
            ...narrowed(question),
            max_results: 1,
            page_token: "",
          },
          signal,
        )
      ).total,
    refetchInterval: every,
    retry: false,
  });
}

function rowsOf(ids: string[], experimentIds: string[], columns: string[] | undefined, signal?: AbortSignal) {
  return send(
    "POST flowmill/1/runs/rows",
    {
      experiment_ids: experimentIds,
      filter: "",
      order_by: [],
      run_view_type: "ALL",
      run_ids: ids,
      ...(columns ? { columns } : {}),
      max_results: Math.max(1, ids.length),
      page_token: "",
    },
    signal,
  );
}

/** These runs, whole, in the order in which they were asked for. One request whatever their number. */
export function someRuns(ids: string[], experimentIds: string[]) {
  return queryOptions({
    queryKey: [...runKeys.some(ids), experimentIds],
    queryFn: async ({ signal }): Promise<RunRow[]> => {
      const { rows } = await rowsOf(ids, experimentIds, undefined, signal);
      const byId = new Map(rows.map((row) => [row.run_id, row]));
      return ids.flatMap((id) => byId.get(id) ?? []);
    },
    enabled: ids.length > 0,
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

export function runColumns(experimentIds: string[]) {
  return queryOptions({
    queryKey: runKeys.columns(experimentIds),
    queryFn: async ({ signal }) => send("POST flowmill/1/runs/columns", { experiment_ids: experimentIds }, signal),
    staleTime: 30_000,
  });
}

/** `every`: ms until a run that goes on is read again; the server tells of changes sooner if it can. */
export function run(id: string, every = 4000) {
  return queryOptions({
    queryKey: runKeys.one(id),
    queryFn: async ({ signal }) => (await send("GET 2.0/mlflow/runs/get", { run_id: id }, signal)).run,
    // A run that ended does not change by itself; one that goes on is read again every few seconds.
    refetchInterval: (query) => (query.state.data?.info.status === "RUNNING" ? every : false),
  });
}

/** The row of one run: what `runs/get` leaves out (its registered versions and the names of its models). */
export function runRow(id: string, experimentId: string) {
  return queryOptions({
    queryKey: [...runKeys.one(id), "row"],
    queryFn: async ({ signal }) => (await rowsOf([id], [experimentId], [], signal)).rows[0] ?? null,
  });
}

/** The runs right below a run, newest first, whole. `every`: ms until they are read again, while it goes on. */
export function childRuns(id: string, experimentId: string, every: number | false) {
  return infiniteQueryOptions({
    queryKey: [...runKeys.one(id), "children"],
    queryFn: ({ pageParam, signal }) =>
      send(
        "POST flowmill/1/runs/rows",
        {
          experiment_ids: [experimentId],
          filter: `${quoteKey("tags", "mlflow.parentRunId")} = ${quoteText(id)}`,
          order_by: [],
          run_view_type: "ACTIVE_ONLY",
          max_results: 50,
          page_token: pageParam,
        },
        signal,
      ),
    initialPageParam: "",
    getNextPageParam: (page) => page.next_page_token || undefined,
    refetchInterval: every,
  });
}

/** Runs whose name contains the text, newest first, for the command palette. */
export function runMatches(text: string, experimentIds: string[]) {
  return queryOptions({
    queryKey: [...runKeys.all, "matches", text, experimentIds],
    queryFn: async ({ signal }) =>
      (
        await send(
          "POST flowmill/1/runs/rows",
          {
            experiment_ids: experimentIds,
            filter: `attributes.run_name ILIKE ${quoteText(`%${text}%`)}`,
            order_by: [],
            run_view_type: "ACTIVE_ONLY",
            columns: [],
            max_results: 8,
            page_token: "",
          },
          signal,
        )
      ).rows,
    enabled: text.length > 1 && experimentIds.length > 0,
    staleTime: 10_000,
  });
}

export type RunChange =
  | { do: "rename"; id: string; name: string }
  | { do: "delete" | "restore"; ids: string[] }
  | { do: "tag"; id: string; key: string; value: string }
  | { do: "untag"; id: string; key: string }
  | { do: "tag all"; ids: string[]; key: string; value: string }
  | { do: "untag all"; ids: string[]; key: string };

/** A few at a time: a browser opens six connections, and the page still has to read. */
async function eachOf(ids: string[], work: (id: string) => Promise<unknown>): Promise<void> {
  for (let start = 0; start < ids.length; start += 4) await Promise.all(ids.slice(start, start + 4).map(work));
}

async function change(wish: RunChange): Promise<unknown> {
  switch (wish.do) {
    case "rename":
      return send("POST 2.0/mlflow/runs/update", { run_id: wish.id, run_name: wish.name });
    case "delete":
    case "restore":
      return eachOf(wish.ids, (id) =>
        wish.do === "delete" ? send("POST 2.0/mlflow/runs/delete", { run_id: id }) : send("POST 2.0/mlflow/runs/restore", { run_id: id }),
      );
    case "tag all":
      return eachOf(wish.ids, (id) => send("POST 2.0/mlflow/runs/set-tag", { run_id: id, key: wish.key, value: wish.value }));
    case "untag all":
      return eachOf(wish.ids, (id) => send("POST 2.0/mlflow/runs/delete-tag", { run_id: id, key: wish.key }));
    case "tag":
      return send("POST 2.0/mlflow/runs/set-tag", { run_id: wish.id, key: wish.key, value: wish.value });
    case "untag":
      return send("POST 2.0/mlflow/runs/delete-tag", { run_id: wish.id, key: wish.key });
  }
}

/** Any change of runs; every table, page and count of runs is read again after it, whether it went well or not. */
export function useChangeRun() {
  const cache = useQueryClient();
  return useMutation({
    mutationFn: change,
    onSettled: () => cache.invalidateQueries({ queryKey: runKeys.all }),
  });
}
