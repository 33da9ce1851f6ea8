import { quoteText, withClause } from "./filter";
import { shortDay } from "./time";

/** What narrows a table of runs beside its filter. The names of its fields and of the ranges are those of MLflow's page. */
export interface Narrowing {
  /** One of `RANGES`, or two moments in ms since the epoch with "-" between them, either of which may be missing. */
  startTime?: string;
  /** Datasets that the runs used, each as its digest, a space, and its name. */
  data?: string[];
}

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

/** The filter with what narrows it. `now`: ms since the epoch, from which a range such as the last hour is counted. */
export function narrowed(filter: string, { startTime, data = [] }: Narrowing, now: number): string {
  const length = RANGES.find((range) => range.value === startTime)?.length;
  const [from, until] = length === undefined ? momentsOf(startTime) : [now - length, null];
  const parts = data.map(dataset);
  const among = (field: string, values: string[]) => `${field} IN (${[...new Set(values)].map(quoteText).join(", ")})`;
  return [
    ...(from === null ? [] : [`attributes.start_time >= ${from}`]),
    ...(until === null ? [] : [`attributes.start_time <= ${until}`]),
    ...(parts.length === 0 ? [] : [among("datasets.name", parts.map(({ name }) => name)), among("datasets.digest", parts.map(({ digest }) => digest))]),
  ].reduce(withClause, filter);
}

/** A dataset as an address names it. */
export function dataset(text: string): { digest: string; name: string } {
  const [digest = "", ...name] = text.split(" ");
  return { digest, name: name.join(" ") };
}

/** "Last week, iris": what is narrowed, in the words of a button; empty if nothing is. */
export function narrowText({ startTime, data = [] }: Narrowing): string {
  const [from, until] = momentsOf(startTime);
  const own = startTime?.includes("-") ? `${from === null ? "" : shortDay(from)} – ${until === null ? "" : shortDay(until)}`.trim() : undefined;
  const when = RANGES.find((range) => range.value === startTime)?.text ?? own;
  const what = data.length === 1 ? dataset(data[0]!).name : data.length > 1 ? `${data.length} datasets` : undefined;
  return [when, what].filter((each) => each !== undefined).join(", ");
}
