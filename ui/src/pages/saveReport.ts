import type { QueryClient } from "@tanstack/react-query";

import { experiment } from "../api/experiments";
import { fetchResponse, send, trackingUri } from "../api/http";
import { wholeRows } from "../api/runs";
import type { RunRow, Series } from "../api/schema";
import { filledReport, pointsEach } from "../lib/report";
import { fileSafe, saveFile } from "../lib/saveFile";
import type { WantedRuns } from "./saveRuns";

/** As many as one answer may hold. */
const MOST_SERIES = 1500;

/** More runs than this make a file that nobody reads; the command takes more. */
const MOST_RUNS = 1000;

/** The runs of a table's question, or the ticked ones, whole. */
export async function saveReportOf(cache: QueryClient, { name, question, selected }: WantedRuns): Promise<void> {
  const { rows, total } = await cache.fetchQuery(wholeRows(question, selected, MOST_RUNS));
  await saveReport(cache, rows, name, total);
}

/** Saves these runs with their histories as one HTML file that needs no server. */
export async function saveReport(cache: QueryClient, runs: RunRow[], title: string, total = runs.length): Promise<void> {
  const template = await (await fetchResponse("GET", "report.html")).text();
  const experimentIds = [...new Set(runs.map((run) => run.experiment_id))];
  const named = await Promise.all(experimentIds.map((id) => cache.fetchQuery(experiment(id))));
  const html = filledReport(template, {
    title,
    source: trackingUri(),
    page: trackingUri(),
    made: Date.now(),
    total,
    experiments: Object.fromEntries(named.map((each) => [each.experiment_id, each.name])),
    rows: runs,
    series: await histories(runs),
  });
  saveFile(`${fileSafe(title)}.html`, html, "text/html");
}

async function histories(runs: RunRow[]): Promise<Series[]> {
  const found: Series[] = [];
  const points = pointsEach(runs.reduce((sum, run) => sum + Object.keys(run.metrics).length, 0));
  for (let start = 0; start < runs.length; start += MOST_SERIES) {
    const some = runs.slice(start, start + MOST_SERIES);
    const keys = [...new Set(some.flatMap((run) => Object.keys(run.metrics)))];
    const portion = Math.max(1, Math.floor(MOST_SERIES / some.length));
    for (let at = 0; at < keys.length; at += portion) {
      const ask = { run_ids: some.map((run) => run.run_id), keys: keys.slice(at, at + portion), points };
      const { series } = await send("POST flowmill/1/metrics/series", ask);
      found.push(...series.filter((each) => each.count > 1));
    }
  }
  return found;
}
