import type { RunRow, Series } from "../api/schema";
import { extension } from "./files";
import { fileName } from "./paths";

/** What a report shows: runs and their histories, as the server answers them. `flowmill export` writes the same. */
export interface ReportData {
  title: string;
  /** Where the runs were read, for people. */
  source: string;
  /** The address of the page that shows these runs, "" if there is none. */
  page: string;
  /** ms since epoch, UTC */
  made: number;
  /** How many runs match what was asked for; the report may hold fewer. */
  total: number;
  /** Names of the runs' experiments by id. */
  experiments: Record<string, string>;
  rows: RunRow[];
  /** Only histories of more than one point; single values stand in the rows. */
  series: Series[];
  /** Files of the first runs; reports of older versions have none. */
  files?: RunFiles[];
  left?: LeftOut;
}

/** A file of a run, with its bytes as a data address or all of its text where there was room. */
export interface ReportFile {
  path: string;
  size: number;
  picture?: string;
  text?: string;
}

export interface RunFiles {
  run_id: string;
  files?: ReportFile[];
  /** How many more files the run has. */
  left?: number;
  /** They could not be asked for. */
  unread?: boolean;
}

/** What a report does not hold: files of so many runs, and so many pictures and texts for which there was no room. */
export interface LeftOut {
  runs?: number;
  shown?: number;
  /** bytes */
  room?: number;
}

/** How a file can be shown in a report: its type if it is a picture, "text" if it is a short one. */
export function shownAs(path: string, size: number): string | null {
  const end = extension(path);
  const type = PICTURES[end];
  if (type) return size > 0 && size <= 2_000_000 ? type : null;
  return (TEXTS.has(end) || TEXT_NAMES.has(fileName(path))) && size <= 20_000 ? "text" : null;
}

const PICTURES: Record<string, string> = { png: "image/png", jpg: "image/jpeg", jpeg: "image/jpeg", gif: "image/gif", webp: "image/webp", svg: "image/svg+xml" };
const TEXT_NAMES = new Set(["MLmodel", "MLproject", "Dockerfile", "Makefile"]);
const TEXTS = new Set("txt md log json yaml yml csv tsv py toml ini cfg sql sh patch diff".split(" "));

/** What a picture of a series and its small copy have in common; the path itself of any other file. */
export function seriesName(path: string): string {
  const mark = path.includes("+step+") ? "+" : path.includes("%step%") ? "%" : "";
  if (mark === "") return path;
  const stem = path.slice(0, path.lastIndexOf("."));
  return stem.endsWith(`${mark}compressed`) ? stem.slice(0, -`${mark}compressed`.length) : stem;
}

/** Where a template expects its data; `report.html` holds it once. */
const PLACE = '<script id="report" type="application/json"></script>';

/** The template with data in it. Nothing in the data ends the element that holds it. */
export function filledReport(template: string, data: ReportData): string {
  if (!template.includes(PLACE)) throw new Error("The template of reports has no place for data.");
  const text = JSON.stringify(data).replaceAll("<", "\\u003c");
  return template.replace(PLACE, () => PLACE.replace("></", () => `>${text}</`));
}

/** Points of all histories together: so much opens at once and can be sent by mail. */
const MOST_POINTS = 200_000;

/** How many points each of so many histories gets. */
export function pointsEach(series: number): number {
  return Math.min(500, Math.max(20, Math.floor(MOST_POINTS / Math.max(1, series))));
}
