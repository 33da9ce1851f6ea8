import type { QueryClient } from "@tanstack/react-query";

import { fileContent, folder, type Place } from "../api/artifacts";
import { experiment } from "../api/experiments";
import { fetchResponse, send, trackingUri } from "../api/http";
import { wholeRows } from "../api/runs";
import type { RunRow, Series } from "../api/schema";
import { filledReport, type LeftOut, pointsEach, type ReportFile, type RunFiles, seriesName, shownAs } from "../lib/report";
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
    ...(await filesOf(cache, runs)),
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

/** As `flowmill export` has them. */
const ROOM = 10_000_000;
const MOST_RUNS_WITH_FILES = 50;
const MOST_FILES = 300;
const LARGER_IN_BASE64 = 4 / 3;

/** The files of the first runs and of the models that these logged; pictures and short texts with what they show, as long as there is room. */
async function filesOf(cache: QueryClient, runs: RunRow[]): Promise<{ files: RunFiles[]; left: LeftOut }> {
  const files: RunFiles[] = [];
  const some = runs.slice(0, MOST_RUNS_WITH_FILES);
  let [rest, missed] = [ROOM, 0];
  for (const [at, run] of some.entries()) {
    try {
      const found = await filesOfRun(cache, run, rest / (some.length - at));
      rest -= found.used;
      missed += found.missed;
      files.push(found.run);
    } catch {
      files.push({ run_id: run.run_id, unread: true });
    }
  }
  return { files, left: { runs: runs.length - some.length, shown: missed, room: ROOM } };
}

/** A file as the report calls it, and where it lies. */
interface Found {
  path: string;
  size: number;
  place: Place;
  inPlace: string;
}

/** The run's own files, then those of its models below their names; a name that two models share is told apart by their ids. */
function rootsOf(run: RunRow): { prefix: string; place: Place }[] {
  const names = run.models.map((model) => model.name);
  const models = run.models.map(({ name, model_id: modelId }) => {
    const isOnly = name !== "" && names.filter((each) => each === name).length === 1;
    return { prefix: `${isOnly ? name : `${name} ${modelId}`.trim()}/`, place: { kind: "model" as const, modelId } };
  });
  return [{ prefix: "", place: { kind: "run", runId: run.run_id } }, ...models];
}

async function walk(cache: QueryClient, { prefix, place }: { prefix: string; place: Place }, most: number): Promise<Found[]> {
  const found: Found[] = [];
  const folders = [""];
  while (folders.length > 0 && found.length <= most) {
    for (const entry of await cache.fetchQuery(folder(place, folders.shift() ?? ""))) {
      if (entry.is_dir) folders.push(entry.path);
      else found.push({ path: prefix + entry.path, size: Number(entry.file_size ?? 0), place, inPlace: entry.path });
    }
  }
  return found;
}

async function filesOfRun(cache: QueryClient, run: RunRow, room: number): Promise<{ run: RunFiles; used: number; missed: number }> {
  const all: Found[] = [];
  for (const root of rootsOf(run)) {
    if (all.length > 2 * MOST_FILES) break;
    const files = walk(cache, root, 2 * MOST_FILES - all.length);
    // A model whose files cannot be asked for is passed over.
    all.push(...(await (root.prefix === "" ? files : files.catch(() => []))));
  }
  const shown = all.slice(0, MOST_FILES);
  const copies = new Set(shown.filter((file) => file.path.includes("compressed.")).map((file) => seriesName(file.path)));
  let [used, missed] = [0, 0];
  const files: ReportFile[] = [];
  for (const file of shown) {
    const { size } = file;
    const plain: ReportFile = { path: file.path, size };
    const type = shownAs(file.path, size);
    // A picture of a series has a small copy beside it.
    const hasCopy = !file.path.includes("compressed.") && copies.has(seriesName(file.path));
    const cost = size * (type === "text" ? 1 : LARGER_IN_BASE64);
    if (type === null || hasCopy || used + cost > room) {
      if (type !== null && !hasCopy) missed += 1;
      files.push(plain);
      continue;
    }
    const { bytes } = await cache.fetchQuery({ ...fileContent(file.place, file.inPlace, size + 1), gcTime: 0 });
    used += cost;
    files.push(type === "text" ? { ...plain, text: new TextDecoder().decode(bytes) } : { ...plain, picture: await dataAddress(bytes, type) });
  }
  return { run: { run_id: run.run_id, files, left: all.length - shown.length }, used, missed };
}

function dataAddress(bytes: Uint8Array<ArrayBuffer>, type: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const reader = new FileReader();
    reader.addEventListener("load", () => resolve(String(reader.result)));
    reader.addEventListener("error", () => reject(new Error("A picture could not be read.")));
    reader.readAsDataURL(new Blob([bytes], { type }));
  });
}
