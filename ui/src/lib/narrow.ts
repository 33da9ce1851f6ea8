import { quoteText, withClause } from "./filter";
import { shortDay } from "./time";

/** What narrows a table of runs beside its filter. The names of its fields and of the ranges are those of MLflow's page. */
export interface Narrowing {
  /** One of `RANGES`, or two moments in ms since the epoch with "-" between them, either of which may be missing. */
  startTime?: string;
  /** Datasets that the runs used, each as its digest, a space, and its name. */
  data?: string[];
  /** Whether the runs have registered versions at all. */
  modelVersionFilter?: (typeof REGISTERED)[number];
  /** Registered versions that were made from the runs: "churn/2", or "churn" for any of a model. */
  versions?: string[];
}

/** What MLflow's page calls runs with registered versions and those without. */
export const REGISTERED = ["With Model Versions", "W/O Model Versions"] as const;

const HOUR = 3_600_000;

export const RANGES: { value: string; text: string; length: number }[] = [
  { value: "LAST_HOUR", text: "Last hour", length: HOUR },
  { value: "LAST_24_HOURS", text: "Last day", length: 24 * HOUR },
  { value: "LAST_7_DAYS", text: "Last week", length: 7 * 24 * HOUR },
  { value: "LAST_30_DAYS", text: "Last month", length: 30 * 24 * HOUR },
  { value: "LAST_YEAR", text: "Last year", length: 365 * 24 * HOUR },
];

/** The range if it is one. */
export function timeRange(text: string | undefined): string | undefined {
  return text !== undefined && (RANGES.some((range) => range.value === text) || /^(\d{1,15}-\d{0,15}|-\d{1,15})$/.test(text)) ? text : undefined;
}

/** The moments of a range that somebody set, in ms since the epoch; null where it is open. */
export function momentsOf(range: string | undefined): [number | null, number | null] {
  const found = /^(\d*)-(\d*)$/.exec(range ?? "");
  const moment = (text: string | undefined) => (text ? Number(text) : null);
  return [moment(found?.[1]), moment(found?.[2])];
}

/** Only what narrows, of all that an address says. */
export function narrowingOf({ startTime, data, modelVersionFilter, versions }: Narrowing): Narrowing {
  return { ...(startTime && { startTime }), ...(data && { data }), ...(modelVersionFilter && { modelVersionFilter }), ...(versions && { versions }) };
}

/** What leaves nothing narrowed. */
export const NOT_NARROWED = { startTime: undefined, data: undefined, modelVersionFilter: undefined, versions: undefined } satisfies Record<keyof Narrowing, undefined>;

/** The filter with what narrows it. `now`: ms since the epoch, from which a range such as the last hour is counted. */
export function narrowed(filter: string, { startTime, data = [], modelVersionFilter, versions = [] }: Narrowing, now: number): string {
  const length = RANGES.find((range) => range.value === startTime)?.length;
  const [from, until] = length === undefined ? momentsOf(startTime) : [now - length, null];
  return [
    ...(from === null ? [] : [`attributes.start_time >= ${from}`]),
    ...(until === null ? [] : [`attributes.start_time <= ${until}`]),
    ...oneOf(data.map(dataset).map(({ name, digest }) => `datasets(name = ${quoteText(name)} AND digest = ${quoteText(digest)})`)),
    ...(modelVersionFilter ? [`versions.name IS ${modelVersionFilter === REGISTERED[0] ? "NOT " : ""}NULL`] : []),
    ...oneOf(versions.map(madeVersion).map(({ name, version }) => (version ? `versions(name = ${quoteText(name)} AND version = ${version})` : `versions.name = ${quoteText(name)}`))),
  ].reduce(withClause, filter);
}

function oneOf(clauses: string[]): string[] {
  return clauses.length > 1 ? [`(${clauses.join(" OR ")})`] : clauses;
}

/** A registered version as an address names it; without a number any of the model. */
export function madeVersion(text: string): { name: string; version?: string } {
  const found = /^(.*)\/(\d{1,15})$/s.exec(text);
  return found ? { name: found[1]!, version: found[2]! } : { name: text };
}

/** A dataset as an address names it. */
export function dataset(text: string): { digest: string; name: string } {
  const [digest = "", ...name] = text.split(" ");
  return { digest, name: name.join(" ") };
}

/** "Last week, iris": what is narrowed, in the words of a button; empty if nothing is. */
export function narrowText({ startTime, data = [], modelVersionFilter, versions = [] }: Narrowing): string {
  const [from, until] = momentsOf(startTime);
  const own = startTime?.includes("-") ? `${from === null ? "" : shortDay(from)} – ${until === null ? "" : shortDay(until)}`.trim() : undefined;
  const when = RANGES.find((range) => range.value === startTime)?.text ?? own;
  const what = data.length === 1 ? dataset(data[0]!).name : data.length > 1 ? `${data.length} datasets` : undefined;
  const made = versions.map(madeVersion);
  const registered = modelVersionFilter && (modelVersionFilter === REGISTERED[0] ? "registered" : "not registered");
  const which = made.length > 1 ? `${made.length} models` : made[0] && `${made[0].name}${made[0].version ? ` v${made[0].version}` : ""}`;
  return [when, what, registered, which].filter((each) => each !== undefined).join(", ");
}
