import type { QueryClient, QueryKey } from "@tanstack/react-query";
import { useEffect, useSyncExternalStore } from "react";

import { address } from "./http";
import { type Changes, isTouched } from "../lib/changes";

/** What this tab looks at now, by who looks at it. */
const watched = new Map<object, Changes>();
const listeners = new Set<() => void>();

let source: EventSource | null = null;
/** What the open stream is about. */
let asked = "";
let pushed = false;
let silence = 0;
let pause = 0;
let soon = 0;

/** A proxy that holds answers back never lets this first word through. */
const READY_WITHIN = 4000;
const AGAIN_AFTER = 60_000;
/** Many changes a second are one to the eye. */
const TOLD_EVERY = 800;

function tell(now: boolean): void {
  if (pushed === now) return;
  pushed = now;
  for (const listener of listeners) listener();
}

function close(): void {
  source?.close();
  source = null;
  asked = "";
  window.clearTimeout(silence);
  tell(false);
}

/** Gives up for a while; pages ask now and then meanwhile. */
function rest(): void {
  close();
  window.clearTimeout(pause);
  pause = window.setTimeout(() => {
    pause = 0;
    connect();
  }, AGAIN_AFTER);
}

function connect(): void {
  window.clearTimeout(soon);
  soon = 0;
  const runs = new Set<string>();
  const experiments = new Set<string>();
  for (const each of watched.values()) {
    for (const id of each.runs) runs.add(id);
    for (const id of each.experiments) experiments.add(id);
  }
  const query = [...[...experiments].map((id) => `experiment=${encodeURIComponent(id)}`), ...[...runs].map((id) => `run=${encodeURIComponent(id)}`)].slice(0, 200);
  if (query.length === 0 || document.hidden) {
    close();
    return;
  }
  const wanted = query.join("&");
  if (pause || (source && asked === wanted)) return;
  close();
  asked = wanted;
  source = new EventSource(`${address("ajax-api/flowmill/1/events")}?${wanted}`);
  silence = window.setTimeout(rest, READY_WITHIN);
  source.addEventListener("ready", () => {
    window.clearTimeout(silence);
    tell(true);
    // What changed after it was read and before the server began to look is not told.
    heard({ runs: [...runs], experiments: [...experiments] });
  });
  source.addEventListener("changed", (event: MessageEvent<string>) => heard(JSON.parse(event.data) as Changes));
  source.addEventListener("error", () => {
    // A lost connection is opened again by the browser; an answer that is no stream is not.
    tell(false);
    if (source?.readyState === EventSource.CLOSED) rest();
  });
}

/** Those who look come and go together, as a page opens. */
function connectSoon(): void {
  if (!soon) soon = window.setTimeout(connect, 100);
}

let cache: QueryClient | null = null;
let news: Changes = { runs: [], experiments: [] };
let telling = 0;

function heard(changes: Changes): void {
  news = { runs: [...news.runs, ...changes.runs], experiments: [...news.experiments, ...changes.experiments] };
  if (telling) return;
  passOn();
  telling = window.setTimeout(() => {
    telling = 0;
    if (news.runs.length + news.experiments.length > 0) heard({ runs: [], experiments: [] });
  }, TOLD_EVERY);
}

function passOn(): void {
  const now = news;
  news = { runs: [], experiments: [] };
  const touched = { predicate: (query: { queryKey: QueryKey }) => isTouched(query.queryKey, now) };
  // What is just being read for the first time is not begun again by what follows, and may be of before the change.
  const first = cache?.getQueryCache().findAll(touched).filter(({ state }) => state.fetchStatus === "fetching" && state.data === undefined) ?? [];
  void cache?.invalidateQueries(touched);
  for (const query of first) {
    void query.promise?.then(
      () => void cache?.invalidateQueries({ queryKey: query.queryKey, exact: true }),
      () => undefined,
    );
  }
}

/** What the server says has changed is read again, wherever it is shown. */
export function followChanges(client: QueryClient): void {
  cache = client;
  document.addEventListener("visibilitychange", connect);
}

/** While the component is shown, the server tells of changes of these runs and experiments. */
export function useLive(runs: string[], experiments: string[]): void {
  const text = JSON.stringify({ runs, experiments });
  useEffect(() => {
    const changes = JSON.parse(text) as Changes;
    if (changes.runs.length + changes.experiments.length === 0) return;
    const me = {};
    watched.set(me, changes);
    connectSoon();
    return () => {
      watched.delete(me);
      connectSoon();
    };
  }, [text]);
}

/** Whether the server tells of changes; otherwise what may change is asked for now and then. */
export function usePushed(): boolean {
  return useSyncExternalStore(
    (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    () => pushed,
  );
}

/** How often what goes on is asked for, in ms: now and then in case a word was lost, often when none comes. */
export function useEvery(): number {
  return usePushed() ? 30_000 : 4000;
}
