import "./charts.css";

import { spreadText } from "../lib/groups";
import { shortNumber, wholeNumber } from "../lib/numbers";

export interface Bar {
  id: string;
  name: string;
  colour: string;
  value: number;
  /** How far apart the runs are whose mean this is. */
  deviation?: number;
}

/** A bar per run for a metric that was logged once. Bars start at zero, so that their lengths can be compared. */
export function BarChart({ title, bars, height }: { title: string; bars: Bar[]; height: number }) {
  const finite = bars.map((bar) => bar.value).filter(Number.isFinite);
  const low = Math.min(0, ...finite);
  const high = Math.max(0, ...finite);
  const span = high - low || 1;
  return (
    // A list longer than its card scrolls, so it can be reached with the keyboard.
    // oxlint-disable-next-line jsx-a11y/no-noninteractive-tabindex
    <ul className={bars.some((bar) => bar.deviation !== undefined) ? "bars bars-spread" : "bars"} style={{ maxHeight: height }} aria-label={title} tabIndex={bars.length * 30 > height ? 0 : undefined}>
      {bars.map((bar) => (
        <li key={bar.id}>
          <span className="bar-name" data-hint={bar.name}>
            {bar.name}
          </span>
          <span className="bar-track" aria-hidden="true">
            {Number.isFinite(bar.value) && (
              <span
                className="bar"
                style={{
                  left: `${((Math.min(0, bar.value) - low) / span) * 100}%`,
                  width: `${Math.max(0.6, (Math.abs(bar.value) / span) * 100)}%`,
                  background: bar.colour,
                }}
              />
            )}
          </span>
          <span className="bar-value number" data-hint={wholeNumber(bar.value)} data-whole={wholeNumber(bar.value)}>
            {shortNumber(bar.value)}
            {bar.deviation !== undefined && <span className="quiet"> ± {spreadText(bar.deviation)}</span>}
          </span>
        </li>
      ))}
    </ul>
  );
}
