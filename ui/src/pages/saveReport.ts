import type { QueryClient } from "@tanstack/react-query";

import { experiment } from "../api/experiments";
import { fetchResponse, send, trackingUri } from "../api/http";
import type { RunRow, Series } from "../api/schema";
import { counted } from "../lib/numbers";
import { filledReport, pointsEach } from "../lib/report";
import { saveFile } from "../lib/saveFile";

/** As many as one answer may hold. */
const MOST_SERIES = 1500;

/** Saves these runs with their histories as one HTML file that needs no server. */
export async function saveReport(cache: QueryClient, runs: RunRow[]): Promise<void> {
  const template = await (await fetchResponse("GET", "report.html")).text();
  const experimentIds = [...new Set(runs.map((run) => run.experiment_id))];
  const named = await Promise.all(experimentIds.map((id) => cache.fetchQuery(experiment(id))));
  const title = `Comparison of ${counted(runs.length, "run")}`;
  const html = filledReport(template, {
    title,
    source: trackingUri(),
    page: trackingUri(),
    made: Date.now(),
    total: runs.length,
    experiments: Object.fromEntries(named.map((each) => [each.experiment_id, each.name])),
    rows: runs,
    series: await histories(runs),
  });
  saveFile(`${title}.html`, html, "text/html");
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
