import { send, trackingUri } from "../api/http";
import type { RunRow } from "../api/schema";
import { plainFirst } from "../lib/differences";
import { counted, toNumber } from "../lib/numbers";
import { runColours } from "../lib/palette";
import { type ReportChart, reportHtml } from "../lib/report";
import { saveFile } from "../lib/saveFile";

/** As many as one answer may hold, and as a page can be read. */
const MOST_SERIES = 1500;
const MOST_CHARTS = 60;
const POINTS = 300;

/** Saves these runs side by side, with their curves, as one HTML file that needs no server. */
export async function saveReport(runs: RunRow[]): Promise<void> {
  const colours = runColours(runs.map((run) => run.run_id), false);
  const keys = [...new Set(runs.flatMap((run) => Object.keys(run.metrics)))].sort(plainFirst).slice(0, MOST_CHARTS);
  const charts: ReportChart[] = [];
  const portion = Math.max(1, Math.floor(MOST_SERIES / runs.length));
  for (let start = 0; start < keys.length; start += portion) {
    const some = keys.slice(start, start + portion);
    const { series } = await send("POST flowmill/1/metrics/series", { run_ids: runs.map((run) => run.run_id), keys: some, points: POINTS });
    for (const key of some) {
      const found = series.filter((each) => each.key === key);
      // One value each stands in the table already.
      if (found.every((each) => each.count < 2)) continue;
      const nameOf = (id: string) => runs.find((run) => run.run_id === id)?.run_name || id;
      charts.push({
        title: key,
        curves: found.map((each) => ({ name: nameOf(each.run_id), colour: colours.get(each.run_id) ?? "", x: each.steps, y: each.values.map(toNumber) })),
      });
    }
  }
  const title = `Comparison of ${counted(runs.length, "run")}`;
  const html = reportHtml({
    title,
    source: trackingUri(),
    made: new Date().toISOString().slice(0, 16).replace("T", " ") + " UTC",
    runs,
    colours: runs.map((run) => colours.get(run.run_id) ?? ""),
    charts,
  });
  saveFile(`${title}.html`, html, "text/html");
}
