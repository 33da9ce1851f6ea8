import "./Values.css";

import { useEffect, useState } from "react";

import type { MetricValue, RunStatus } from "../api/schema";
import { shortNumber, shortText, toNumber, wholeNumber } from "../lib/numbers";
import { absoluteTime, duration, isoTime, relativeTime } from "../lib/time";
import { useTimes } from "../lib/times";

/** A number with the digits that matter; copying it gives the whole number (see `copyWholeValues`). */
export function NumberText({ value }: { value: MetricValue | undefined }) {
  const number = toNumber(value);
  const whole = wholeNumber(number);
  return (
    <span className="number" data-hint={whole} data-whole={whole}>
      {shortNumber(number)}
    </span>
  );
}

export function ParamText({ value }: { value: string }) {
  const short = shortText(value);
  return (
    <span className="number" data-hint={value} data-whole={value}>
      {short === "" ? <i className="quiet">empty</i> : short}
    </span>
  );
}

/** Lets a copied cell be the whole value although fewer digits are shown. */
export function copyWholeValues(event: ClipboardEvent): void {
  const selection = document.getSelection();
  const node = selection?.anchorNode;
  const element = node instanceof Element ? node : node?.parentElement;
  const holder = element?.closest<HTMLElement>("[data-whole]");
  if (!selection || !holder || selection.toString().trim() !== holder.textContent?.trim()) return;
  event.clipboardData?.setData("text/plain", holder.dataset["whole"] ?? "");
  event.preventDefault();
}

/** The present, told again every half minute, so that "2 min ago" does not stand still. */
function useNow(): number {
  const [now, setNow] = useState(Date.now);
  useEffect(() => {
    const timer = window.setInterval(() => setNow(Date.now()), 30_000);
    return () => window.clearInterval(timer);
  }, []);
  return now;
}

export function TimeText({ value }: { value: number | undefined }) {
  const now = useNow();
  const { form } = useTimes();
  const time = toNumber(value);
  if (!Number.isFinite(time) || time <= 0) return <span className="quiet">–</span>;
  return (
    <time dateTime={isoTime(time)} data-hint={form === "ago" ? absoluteTime(time) : relativeTime(time, now)}>
      {form === "ago" ? relativeTime(time, now) : absoluteTime(time)}
    </time>
  );
}

/** A moment as it is said and as it is written, for where there is room for both. */
export function MomentText({ value }: { value: number | undefined }) {
  const now = useNow();
  useTimes();
  const time = toNumber(value);
  if (!Number.isFinite(time) || time <= 0) return <span className="quiet">–</span>;
  return (
    <time dateTime={isoTime(time)} className="moment">
      {absoluteTime(time)} <span className="quiet">{relativeTime(time, now)}</span>
    </time>
  );
}

/** `brief`: where a run that goes on is told to do so beside it. */
export function DurationText({ start, end, brief = false }: { start: number | undefined; end: number | undefined; brief?: boolean }) {
  const now = useNow();
  const from = toNumber(start);
  const to = toNumber(end);
  if (!Number.isFinite(from)) return <span className="quiet">–</span>;
  const running = !Number.isFinite(to) || to <= 0;
  return <span className="number">{running ? `${duration(now - from)}${brief ? "" : " so far"}` : duration(to - from)}</span>;
}

const STATUS_WORDS: Record<RunStatus, string> = {
  FINISHED: "Finished",
  RUNNING: "Running",
  FAILED: "Failed",
  KILLED: "Killed",
  SCHEDULED: "Scheduled",
};

/** A run that says it is running while nothing has been heard of its process for long is shown as what it is: lost. */
export function RunStatusText({ status, lost = false }: { status: RunStatus; lost?: boolean | undefined }) {
  if (lost && status === "RUNNING") {
    return (
      <span className="status status-lost" data-hint="Its process has given no sign of life for a while. It is shown as running again as soon as one comes.">
        <i aria-hidden="true" />
        Lost
      </span>
    );
  }
  return (
    <span className={`status status-${status.toLowerCase()}`}>
      <i aria-hidden="true" />
      {STATUS_WORDS[status] ?? status}
    </span>
  );
}
