import { infiniteQueryOptions, queryOptions, useMutation, useQueryClient } from "@tanstack/react-query";

import { quoteKey, quoteText } from "../lib/filter";
import { send } from "./http";
import { readRows, type RowsAsked, rowsOf, runKeys, type RunQuestion } from "./runRows";
import type { RunRow } from "./schema";

/** Nested runs among the others; or only these runs if any are named. */
function everyRun(question: RunQuestion, ids: string[]): RunQuestion {
  return { ...question, roots: false, ...(ids.length > 0 ? { runIds: ids } : {}) };
}

/** The first runs that match, or these ones if any are named, with all that they have. */
export function wholeRows(question: RunQuestion, ids: string[], most: number) {
  const asked = everyRun(question, ids);
  return queryOptions({
    queryKey: [...runKeys.all, "whole", asked, most],
    queryFn: ({ signal }) => readRows({ ...asked, filter: ids.length > 0 ? "" : asked.filter, columns: undefined }, most, signal),
    gcTime: 0,
  });
}

/** The first runs that match, nested ones among the others; or these ones if any are named. */
export function firstRows(question: RunQuestion, ids: string[], columns: string[], most: number) {
  const asked = { ...everyRun(question, ids), columns: columns.filter((column) => !column.startsWith("attributes.")) };
  return queryOptions({
    queryKey: [...runKeys.all, "first", asked, most],
    queryFn: ({ signal }) => readRows(asked, most, signal),
  });
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

/** Active runs of these experiments that a filter finds, newest first. */
function found(experimentIds: string[], filter: string, columns?: string[]): RowsAsked {
  return { experimentIds, filter, orderBy: "", view: "ACTIVE_ONLY", columns };
}

/** The runs right below a run, newest first, whole. `every`: ms until they are read again, while it goes on. */
export function childRuns(id: string, experimentId: string, every: number | false) {
  const asked = found([experimentId], `${quoteKey("tags", "mlflow.parentRunId")} = ${quoteText(id)}`);
  return infiniteQueryOptions({
    queryKey: [...runKeys.one(id), "children"],
    queryFn: ({ pageParam, signal }) => readRows(asked, 50, signal, pageParam),
    initialPageParam: "",
    getNextPageParam: (page) => page.next_page_token || undefined,
    refetchInterval: every,
  });
}

/** Runs whose name contains the text, newest first, for the command palette. */
export function runMatches(text: string, experimentIds: string[]) {
  const asked = found(experimentIds, `attributes.run_name ILIKE ${quoteText(`%${text}%`)}`, []);
  return queryOptions({
    queryKey: [...runKeys.all, "matches", text, experimentIds],
    queryFn: async ({ signal }) => (await readRows(asked, 8, signal)).rows,
    enabled: text.length > 1 && experimentIds.length > 0,
    staleTime: 10_000,
  });
}

export type RunChange =
  | { do: "rename"; id: string; name: string }
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

/** One request takes so many; each is all or none. */
const MOST_AT_ONCE = 1000;

export interface StageChange {
  do: "delete" | "restore";
  ids: string[];
  /** Whether what lies below the runs goes along. */
  below: boolean;
}

/** Moves runs to the trash or takes them out of it; the answer says which it were. */
export function useStageRuns() {
  const cache = useQueryClient();
  return useMutation({
    mutationFn: async (wish: StageChange): Promise<string[]> => {
      const changed: string[] = [];
      for (let start = 0; start < wish.ids.length; start += MOST_AT_ONCE) {
        const asked = { run_ids: wish.ids.slice(start, start + MOST_AT_ONCE), below: wish.below };
        const { run_ids: ids } = wish.do === "delete" ? await send("POST flowmill/1/runs/delete", asked) : await send("POST flowmill/1/runs/restore", asked);
        changed.push(...(ids ?? []));
      }
      return changed;
    },
    onSettled: () => cache.invalidateQueries({ queryKey: runKeys.all }),
  });
}

/** How many of those that were changed lie below those that were asked for. */
export function belowOf(asked: string[], changed: string[]): number {
  return changed.filter((id) => !asked.includes(id)).length;
}

/** More than so many are ticked by a filter. */
const MOST_TICKED = 2000;

/** These runs and all below them, level by level. */
export async function withRunsBelow(ids: string[], experimentIds: string[]): Promise<string[]> {
  const known = new Set(ids);
  const level = [...ids];
  while (level.length > 0 && known.size < MOST_TICKED) {
    const parents = level.splice(0, 200);
    const filter = `${quoteKey("tags", "mlflow.parentRunId")} IN (${parents.map(quoteText).join(", ")})`;
    let token: string | undefined = "";
    while (token !== undefined && known.size < MOST_TICKED) {
      const page = await readRows(found(experimentIds, filter, []), 1000, undefined, token);
      for (const { run_id: id } of page.rows) {
        if (known.has(id)) continue;
        known.add(id);
        level.push(id);
      }
      token = page.next_page_token || undefined;
    }
  }
  return [...known];
}
