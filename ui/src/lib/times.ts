import { keep, useStored } from "./stored";
import { writeIn, type Zone } from "./time";

/** How moments are said on this browser. */
export interface Times {
  /** "3 min ago", or the date and the time of day. */
  form: "ago" | "written";
  zone: Zone;
}

const STORED = "flowmill.times";

/** How the person of this browser wants moments to be said. */
export function useTimes(): Times {
  const stored = useStored(STORED);
  const has = (name: string, value: string) => typeof stored === "object" && stored !== null && (stored as Record<string, unknown>)[name] === value;
  const times: Times = { form: has("form", "written") ? "written" : "ago", zone: has("zone", "utc") ? "utc" : "local" };
  // Whatever writes a moment, in hints and charts too, writes it so.
  writeIn(times.zone);
  return times;
}

export function chooseTimes(times: Times): void {
  writeIn(times.zone);
  keep(STORED, times);
}
