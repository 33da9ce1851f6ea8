import "./charts.css";

import { LongName } from "../components/LongName";
import { spreadText } from "../lib/groups";
import { shortNumber, wholeNumber } from "../lib/numbers";
import { useDrawing } from "./drawing";
import { fitted } from "./useCanvas";

export interface Bar {
  id: string;
  name: string;
  colour: string;
  value: number;
  /** How far apart the runs are whose mean this is. */
  deviation?: number;
}

/** As many bars as a picture holds, and how wide its columns are, in px. */
const MOST_DRAWN = 200;
const DRAWN = { name: 150, track: 280, value: 130, row: 24 };

/** A bar per run for a metric that was logged once. Bars start at zero, so that their lengths can be compared. */
export function BarChart({ title, bars, height }: { title: string; bars: Bar[]; height: number }) {
  const finite = bars.map((bar) => bar.value).filter(Number.isFinite);
  const low = Math.min(0, ...finite);
  const high = Math.max(0, ...finite);
  const span = high - low || 1;
  const drawn = bars.slice(0, MOST_DRAWN);
  useDrawing({
    width: DRAWN.name + DRAWN.track + DRAWN.value,
    height: drawn.length * DRAWN.row + 8,
    draw: (pen, ink) => {
      pen.textBaseline = "middle";
      drawn.forEach((bar, at) => {
        const middle = 4 + (at + 0.5) * DRAWN.row;
        pen.textAlign = "left";
        pen.fillStyle = ink.text2;
        pen.fillText(fitted(pen, bar.name, DRAWN.name - 12), 0, middle);
        pen.fillStyle = ink.line;
        pen.globalAlpha = 0.5;
        pen.fillRect(DRAWN.name, middle - 8, DRAWN.track, 16);
        pen.globalAlpha = 1;
        if (Number.isFinite(bar.value)) {
          const share = (value: number) => ((value - low) / span) * DRAWN.track;
          pen.fillStyle = bar.colour;
          pen.fillRect(DRAWN.name + share(Math.min(0, bar.value)), middle - 8, Math.max(2, (Math.abs(bar.value) / span) * DRAWN.track), 16);
        }
        pen.textAlign = "right";
        pen.fillStyle = ink.text;
        const apart = bar.deviation === undefined ? "" : ` ± ${spreadText(bar.deviation)}`;
        pen.fillText(`${shortNumber(bar.value)}${apart}`, DRAWN.name + DRAWN.track + DRAWN.value, middle);
      });
    },
  });
  return (
    // A list longer than its card scrolls, so it can be reached with the keyboard.
    // oxlint-disable-next-line jsx-a11y/no-noninteractive-tabindex
    <ul className={bars.some((bar) => bar.deviation !== undefined) ? "bars bars-spread" : "bars"} style={{ maxHeight: height }} aria-label={title} tabIndex={bars.length * 30 > height ? 0 : undefined}>
      {bars.map((bar) => (
        <li key={bar.id}>
          <span className="bar-name" data-hint={bar.name}>
            <LongName name={bar.name} />
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
