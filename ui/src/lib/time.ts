const UNITS: [limit: number, seconds: number, name: Intl.RelativeTimeFormatUnit][] = [
  [60, 1, "second"],
  [3600, 60, "minute"],
  [86_400, 3600, "hour"],
  [86_400 * 14, 86_400, "day"],
  [86_400 * 60, 86_400 * 7, "week"],
  [86_400 * 700, 86_400 * 30.44, "month"],
  [Number.POSITIVE_INFINITY, 86_400 * 365.25, "year"],
];

const RELATIVE = new Intl.RelativeTimeFormat("en", { numeric: "auto", style: "short" });

/** "3 min. ago": how far `time` lies from `now`, both ms since epoch. */
export function relativeTime(time: number, now: number): string {
  if (!Number.isFinite(time)) return "";
  const seconds = (time - now) / 1000;
  const size = Math.abs(seconds);
  if (size < 10) return "just now";
  const [, length, name] = UNITS.find(([limit]) => size < limit) ?? UNITS[UNITS.length - 1]!;
  return RELATIVE.format(Math.round(seconds / length), name).replace(".", "");
}

/** In which zone moments are written: the reader's own, or UTC as servers and colleagues elsewhere write them. */
export type Zone = "local" | "utc";

/** Made once: making one takes longer than a row of a table may. */
const ABSOLUTE: Record<Zone, Intl.DateTimeFormat> = {
  local: new Intl.DateTimeFormat(undefined, { dateStyle: "medium", timeStyle: "medium" }),
  utc: new Intl.DateTimeFormat(undefined, { dateStyle: "medium", timeStyle: "medium", timeZone: "UTC" }),
};

let zone: Zone = "local";

export function writeIn(chosen: Zone): void {
  zone = chosen;
}

/** The last ms since the epoch that a calendar has here. Whoever logs nanoseconds is far behind it. */
const LAST = 8.64e15;

export function isMoment(time: number): boolean {
  return Math.abs(time) <= LAST;
}

/** "2026-11-29T08:15:00.000Z"; the number itself where no calendar has it, and empty for none. */
export function isoTime(time: number): string {
  if (!Number.isFinite(time)) return "";
  return isMoment(time) ? new Date(time).toISOString() : String(time);
}

/** The moment to the second, in the zone that was chosen; the number itself where no calendar has it. */
export function absoluteTime(time: number): string {
  if (!isMoment(time)) return isoTime(time);
  return zone === "utc" ? `${ABSOLUTE.utc.format(time)} UTC` : ABSOLUTE.local.format(time);
}

/** What an input of type datetime-local holds, in ms since the epoch, or null while it holds nothing. */
export function momentOf(text: string): number | null {
  const time = new Date(zone === "utc" && text !== "" ? `${text}Z` : text).getTime();
  return text === "" || Number.isNaN(time) ? null : time;
}

/** What an input of type datetime-local is given for a moment in ms since the epoch; empty for none, and for what no calendar has. */
export function inputMoment(time: number | null): string {
  if (time === null || !isMoment(time)) return "";
  const away = zone === "utc" ? 0 : new Date(time).getTimezoneOffset() * 60_000;
  return new Date(time - away).toISOString().slice(0, 16);
}

/** "Europe/Paris": where the moments of an input of type datetime-local are. */
export function zoneName(): string {
  return zone === "utc" ? "UTC" : Intl.DateTimeFormat().resolvedOptions().timeZone;
}

/** "Nov 29" */
export function shortDay(time: number): string {
  return new Date(time).toLocaleDateString("en", { month: "short", day: "numeric", ...(zone === "utc" ? { timeZone: "UTC" } : {}) });
}

/** "2 h 5 min" for a length in ms; two units at most. */
export function duration(length: number): string {
  if (!Number.isFinite(length) || length < 0) return "";
  if (length < 1000) return `${Math.round(length)} ms`;
  const seconds = length / 1000;
  if (seconds < 9.95) return `${seconds.toFixed(1)} s`;
  const whole = Math.round(seconds);
  if (whole < 60) return `${whole} s`;
  if (whole < 3600) return pair(whole, 60, "min", "s");
  if (whole < 86_400) return pair(Math.round(whole / 60), 60, "h", "min");
  return pair(Math.round(whole / 3600), 24, "d", "h");
}

function pair(total: number, size: number, big: string, small: string): string {
  const rest = total % size;
  return rest === 0 ? `${Math.floor(total / size)} ${big}` : `${Math.floor(total / size)} ${big} ${rest} ${small}`;
}
