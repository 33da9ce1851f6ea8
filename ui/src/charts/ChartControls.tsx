import { type ReactNode, useState } from "react";

import { Button } from "../components/Button";
import { Choice, SearchField, Switch } from "../components/Field";
import { Popover } from "../components/Popover";
import { type Smoothing, smoothedPoints } from "../lib/smoothing";
import type { Band, ChartSearch, ChartX, LogAxis } from "../lib/viewState";
import { computedKey, isComputed, metricTitle } from "../lib/expression";
import { quoteKey } from "../lib/filter";
import { counted } from "../lib/numbers";
import type { ChartRun } from "./MetricPicture";

interface ChartControlsProps {
  search: ChartSearch;
  keys: string[];
  runs: ChartRun[];
  /** How many charts stand side by side below it. */
  columns: number;
  onSearch: (change: ChartSearch) => void;
  /** What else stands in the row. */
  children?: ReactNode;
}

const AXES: { value: ChartX; text: string }[] = [
  { value: "step", text: "Step" },
  { value: "time", text: "Time" },
  { value: "relative", text: "Relative time" },
];

const BANDS: { value: Band; text: string }[] = [
  { value: "deviation", text: "± standard deviation" },
  { value: "confidence", text: "95% confidence" },
  { value: "quartiles", text: "median, quartiles" },
  { value: "range", text: "least to greatest" },
  { value: "none", text: "no band" },
];

const UNTOUCHED = {
  q: undefined,
  smooth: undefined,
  smoothing: undefined,
  log: undefined,
  xlog: undefined,
  trim: undefined,
  points: undefined,
  axis: undefined,
  minus: undefined,
  band: undefined,
  hidden: undefined,
} satisfies ChartSearch;

/** What curves run along: steps, time, or another metric. */
export function AlongSelect({ axis, keys, onChange }: { axis: ChartX; keys: string[]; onChange: (axis: ChartX) => void }) {
  const [isWriting, setWriting] = useState(false);
  const isKnown = AXES.some((each) => each.value === axis) || keys.some((key) => `metrics.${key}` === axis);
  const metric = axis.startsWith("metrics.") ? axis.slice("metrics.".length) : "";
  if (isWriting) {
    return (
      <ExpressionField
        label="Horizontal axis, computed"
        initial={isComputed(metric) ? metricTitle(metric) : metric && quoteKey("metrics", metric)}
        onDone={(text) => {
          setWriting(false);
          if (text) onChange(`metrics.${computedKey(text)}`);
        }}
      />
    );
  }
  return (
    <label className="chart-choice">
      Along
      <select aria-label="Horizontal axis" value={axis} onChange={(event) => (event.target.value === WRITE ? setWriting(true) : onChange(event.target.value as ChartX))}>
        {AXES.map((each) => (
          <option key={each.value} value={each.value}>
            {each.text}
          </option>
        ))}
        <optgroup label="Metrics">
          {keys.map((key) => (
            <option key={key} value={`metrics.${key}`}>
              {key}
            </option>
          ))}
          {!isKnown && <option value={axis}>{metricTitle(metric)}</option>}
        </optgroup>
        <option value={WRITE}>Computed…</option>
      </select>
    </label>
  );
}

const WRITE = "write";

/** What is computed from metrics, typed; empty if it was left as it was. */
export function ExpressionField({ label, initial = "", onDone }: { label: string; initial?: string; onDone: (text: string) => void }) {
  const [text, setText] = useState(initial);
  return (
    <input
      aria-label={label}
      className="chart-expression"
      placeholder="metrics.loss / metrics.`val/loss`"
      data-hint={"Metrics, numbers, + - * / ^, parentheses, abs, sqrt, exp, log, log2, log10, min, max.\nEnter takes it."}
      spellCheck={false}
      // oxlint-disable-next-line jsx-a11y/no-autofocus -- who chose to write goes on by writing
      autoFocus
      value={text}
      onChange={(event) => setText(event.target.value)}
      onKeyDown={(event) => {
        if (event.key !== "Enter" && event.key !== "Escape") return;
        event.preventDefault();
        event.stopPropagation();
        onDone(event.key === "Enter" ? text.trim() : "");
      }}
      onBlur={() => onDone(text.trim() === initial ? "" : text.trim())}
    />
  );
}

export function SmoothingSlider({ smooth, smoothing, onChange }: { smooth: number; smoothing: Smoothing | undefined; onChange: (weight: number) => void }) {
  const isAverage = smoothing === undefined || smoothing === "exponential";
  return (
    <label className="slider">
      Smoothing
      <input type="range" min={0} max={0.99} step={0.01} value={smooth} onChange={(event) => onChange(Number(event.target.value))} />
      <span className="number">{isAverage || smooth === 0 ? smooth.toFixed(2) : counted(smoothedPoints(smooth), "point")}</span>
    </label>
  );
}

/** What smooths. */
export function SmoothingChoice({ smoothing, onChange }: { smoothing: Smoothing | undefined; onChange: (smoothing: Smoothing) => void }) {
  return (
    <label className="chart-choice">
      Smoothed by
      <select value={smoothing ?? "exponential"} onChange={(event) => onChange(event.target.value as Smoothing)}>
        <option value="exponential">Exponential</option>
        <option value="gaussian">Gaussian</option>
        <option value="mean">Running mean</option>
      </select>
    </label>
  );
}

/** How values are spread along the vertical axis. */
export function LogChoice({ log, onChange }: { log: LogAxis; onChange: (log: LogAxis) => void }) {
  return (
    <label className="chart-choice">
      Axis
      <select
        aria-label="Vertical axis"
        value={log === false ? "linear" : log === true ? "log" : log}
        onChange={(event) => onChange(event.target.value === "symlog" ? "symlog" : event.target.value === "log")}
      >
        <option value="linear">Linear</option>
        <option value="log">Log</option>
        <option value="symlog">Symlog</option>
      </select>
    </label>
  );
}

/** Whether the points of curves are marked. */
export function PointsChoice({ points, onChange }: { points: "on" | "off" | undefined; onChange: (points: "on" | "off" | undefined) => void }) {
  return (
    <div className="chart-choice">
      Points
      <Choice<"auto" | "on" | "off">
        label="Points"
        value={points ?? "auto"}
        choices={[
          { value: "auto", text: "Auto" },
          { value: "on", text: "On" },
          { value: "off", text: "Off" },
        ]}
        onChange={(value) => onChange(value === "auto" ? undefined : value)}
      />
    </div>
  );
}

/** How all charts of a page are drawn: in one row, as far as they have the room. */
export function ChartControls({ search, keys, runs, columns, onSearch, children }: ChartControlsProps) {
  const isGrouped = runs.some((run) => run.group !== undefined);
  const isTouched = Object.keys(UNTOUCHED).some((name) => search[name as keyof typeof UNTOUCHED] !== undefined);
  const along = <AlongSelect key="along" axis={search.axis ?? "step"} keys={keys} onChange={(to) => onSearch({ axis: to === "step" ? undefined : to })} />;
  const smoothing = <SmoothingSlider key="smoothing" smooth={search.smooth ?? 0} smoothing={search.smoothing} onChange={(weight) => onSearch({ smooth: weight || undefined })} />;
  const log = <LogChoice key="log" log={search.log ?? false} onChange={(to) => onSearch({ log: to || undefined })} />;
  const inRow = columns > 2 ? [along, smoothing, log] : columns > 1 ? [smoothing] : [];
  const inMore = [along, smoothing, log].filter((each) => !inRow.includes(each));
  const unseen = [columns < 2 && search.smooth, columns < 3 && search.log, columns < 3 && search.axis];
  const more = [search.smoothing, search.minus, isGrouped && search.band, search.xlog, search.trim, search.points, search.hidden, ...unseen].filter(Boolean).length;
  return (
    <div className="toolbar chart-controls">
      <SearchField label="Search metrics" value={search.q ?? ""} onChange={(q) => onSearch({ q: q || undefined })} />
      {inRow}
      <Popover label="More about how charts are drawn" trigger={<Button icon="settings">{more > 0 ? `More (${more})` : "More"}</Button>}>
        <div className="chart-more">
          {inMore.length > 0 && <div className="chart-more-row">{inMore}</div>}
          <SmoothingChoice smoothing={search.smoothing} onChange={(to) => onSearch({ smoothing: to === "exponential" ? undefined : to })} />
          {(runs.length > 1 || search.minus !== undefined) && (
            <label className="chart-choice" data-hint="Draws what each run has more or less than this one">
              Difference to
              <select value={search.minus ?? ""} onChange={(event) => onSearch({ minus: event.target.value || undefined })}>
                <option value="">no run</option>
                {runs.map((run) => (
                  <option key={run.id} value={run.id}>
                    {run.name}
                  </option>
                ))}
                {search.minus !== undefined && !runs.some((run) => run.id === search.minus) && <option value={search.minus}>{search.minus}</option>}
              </select>
            </label>
          )}
          {isGrouped && (
            <label className="chart-choice">
              Band
              <select
                value={search.band ?? "deviation"}
                onChange={(event) => {
                  const band = event.target.value as Band;
                  onSearch({ band: band === "deviation" ? undefined : band });
                }}
              >
                {BANDS.map((each) => (
                  <option key={each.value} value={each.value}>
                    {each.text}
                  </option>
                ))}
              </select>
            </label>
          )}
          <Switch label="Log along" checked={search.xlog ?? false} onChange={(xlog) => onSearch({ xlog: xlog || undefined })} />
          <Switch label="Ignore outliers" checked={search.trim ?? false} onChange={(trim) => onSearch({ trim: trim || undefined })} />
          <PointsChoice points={search.points} onChange={(points) => onSearch({ points })} />
          <Switch label="Hidden branches" checked={search.hidden ?? false} onChange={(hidden) => onSearch({ hidden: hidden || undefined })} />
          <p className="quiet">What a run measured before it was taken up again from an earlier step, as dashed lines.</p>
        </div>
      </Popover>
      {isTouched && (
        <Button kind="quiet" onClick={() => onSearch(UNTOUCHED)}>
          Reset
        </Button>
      )}
      {children}
    </div>
  );
}
