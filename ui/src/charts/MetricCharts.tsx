import "./charts.css";

import { Fragment, type ReactNode, useMemo, useState } from "react";

import { Button } from "../components/Button";
import { SearchField, Switch } from "../components/Field";
import { Icon } from "../components/Icon";
import { Empty } from "../components/States";
import { sectionsOf } from "../lib/smoothing";
import type { ChartSearch, ChartX } from "../lib/viewState";

interface MetricChartsProps {
  keys: string[];
  search: ChartSearch;
  onSearch: (change: ChartSearch) => void;
  /** The chart of a metric. */
  chart: (metric: string) => ReactNode;
}

/** A chart per metric, in sections by the first part of its name, all drawn the same way. */
export function MetricCharts({ keys, search, onSearch, chart }: MetricChartsProps) {
  const wanted = (search.q ?? "").toLowerCase();
  const sections = useMemo(() => sectionsOf(keys.filter((key) => key.toLowerCase().includes(wanted))), [keys, wanted]);
  return (
    <div className="metric-charts">
      <ChartControls search={search} keys={keys} onSearch={onSearch} />
      {sections.length === 0 && <Empty icon="search" title={`No metric is called “${search.q ?? ""}”`} />}
      {sections.map((section) => (
        <ChartSection key={section.title} title={section.title} keys={section.keys} chart={chart} isOnly={sections.length === 1} />
      ))}
    </div>
  );
}

interface ChartSectionProps {
  title: string;
  keys: string[];
  chart: (metric: string) => ReactNode;
  isOnly: boolean;
}

function ChartSection({ title, keys, chart, isOnly }: ChartSectionProps) {
  const [open, setOpen] = useState(true);
  return (
    <section className="section">
      {!(isOnly && title === "") && (
        <h2 className="chart-section-title">
          <button type="button" aria-expanded={open} onClick={() => setOpen(!open)}>
            <Icon name={open ? "down" : "right"} size={13} />
            {title || "Metrics"} <span className="quiet">{keys.length}</span>
          </button>
        </h2>
      )}
      {open && (
        <div className="chart-grid">
          {keys.map((key) => (
            <Fragment key={key}>{chart(key)}</Fragment>
          ))}
        </div>
      )}
    </section>
  );
}

const AXES: { value: ChartX; text: string }[] = [
  { value: "step", text: "Step" },
  { value: "time", text: "Time" },
  { value: "relative", text: "Relative time" },
];

function ChartControls({ search, keys, onSearch }: { search: ChartSearch; keys: string[]; onSearch: (change: ChartSearch) => void }) {
  const axis = search.axis ?? "step";
  const isKnown = AXES.some((each) => each.value === axis) || keys.some((key) => `metrics.${key}` === axis);
  const smooth = search.smooth ?? 0;
  return (
    <div className="toolbar">
      <SearchField label="Search metrics" value={search.q ?? ""} onChange={(q) => onSearch({ q: q || undefined })} />
      <label className="chart-axis">
        Along
        <select
          aria-label="Horizontal axis"
          value={axis}
          onChange={(event) => onSearch({ axis: event.target.value === "step" ? undefined : (event.target.value as ChartX) })}
        >
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
            {!isKnown && <option value={axis}>{axis.slice("metrics.".length)}</option>}
          </optgroup>
        </select>
      </label>
      <label className="slider">
        Smoothing
        <input
          type="range"
          min={0}
          max={0.99}
          step={0.01}
          value={smooth}
          onChange={(event) => onSearch({ smooth: Number(event.target.value) || undefined })}
        />
        <span className="number">{smooth.toFixed(2)}</span>
      </label>
      <Switch label="Log axis" checked={search.log ?? false} onChange={(log) => onSearch({ log: log || undefined })} />
      <Switch label="Log along" checked={search.xlog ?? false} onChange={(xlog) => onSearch({ xlog: xlog || undefined })} />
      <Switch label="Ignore outliers" checked={search.trim ?? false} onChange={(trim) => onSearch({ trim: trim || undefined })} />
      {(search.q || smooth > 0 || search.log || search.xlog || search.trim || search.axis) && (
        <Button
          kind="quiet"
          onClick={() => onSearch({ q: undefined, smooth: undefined, log: undefined, xlog: undefined, trim: undefined, axis: undefined })}
        >
          Reset
        </Button>
      )}
    </div>
  );
}
