import type { RunRow, Series } from "../api/schema";

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
