import "./charts.css";

import { Fragment, type ReactNode, useMemo } from "react";

import { IconButton } from "../components/Button";
import { Icon } from "../components/Icon";
import { Menu } from "../components/Menu";
import { Empty } from "../components/States";
import { type ChartArrangement, type ChartSection, PINNED, sectionsOf, withDrop, withFold, withPin, withSectionShift, withShift } from "../lib/chartSections";
import type { ChartSearch } from "../lib/viewState";
import { type ChartMoves, ChartMovesContext } from "./ChartCard";
import { ChartControls } from "./ChartControls";
import type { ChartRun } from "./MetricPicture";

interface MetricChartsProps {
  keys: string[];
  runs: ChartRun[];
  search: ChartSearch;
  onSearch: (change: ChartSearch) => void;
  /** The chart of a metric. */
  chart: (metric: string) => ReactNode;
}

/** A chart per metric, in sections by the first part of its name, all drawn the same way. */
export function MetricCharts({ keys, runs, search, onSearch, chart }: MetricChartsProps) {
  const wanted = (search.q ?? "").toLowerCase();
  const { pins, order, sections: titles } = search;
  const sections = useMemo(
    () => sectionsOf(keys.filter((key) => key.toLowerCase().includes(wanted)), arrangement(pins, order, titles)),
    [keys, wanted, pins, order, titles],
  );
  const moves = useMemo<ChartMoves>(() => {
    const apply = (change: ChartArrangement | null) => {
      if (change) onSearch(change);
      return change !== null;
    };
    const now = arrangement(pins, order, titles);
    return {
      isPinned: (metric) => pins?.includes(metric) ?? false,
      pin: (metric) => void apply(withPin(now, metric)),
      shift: (metric, by) => apply(withShift(now, sections, metric, by)),
      drop: (metric, onto) => void apply(withDrop(now, sections, metric, onto)),
    };
  }, [sections, pins, order, titles, onSearch]);
  return (
    <ChartMovesContext value={moves}>
      <div className="metric-charts">
        <ChartControls search={search} keys={keys} runs={runs} onSearch={onSearch} />
        {sections.length === 0 && <Empty icon="search" title={`No metric is called “${search.q ?? ""}”`} />}
        {sections.map((section) => (
          <Section
            key={section.title}
            section={section}
            chart={chart}
            isOnly={sections.length === 1}
            isOpen={!search.closed?.includes(section.title)}
            onFold={() => onSearch(withFold(search, section.title))}
            onShift={(by) => onSearch(withSectionShift(sections, section.title, by) ?? {})}
          />
        ))}
      </div>
    </ChartMovesContext>
  );
}

function arrangement(pins: string[] | undefined, order: string[] | undefined, sections: string[] | undefined): ChartArrangement {
  return { ...(pins ? { pins } : {}), ...(order ? { order } : {}), ...(sections ? { sections } : {}) };
}

interface SectionProps {
  section: ChartSection;
  chart: (metric: string) => ReactNode;
  isOnly: boolean;
  isOpen: boolean;
  onFold: () => void;
  onShift: (by: number) => void;
}

function Section({ section: { title, keys }, chart, isOnly, isOpen, onFold, onShift }: SectionProps) {
  const name = title === PINNED ? "Pinned" : title || "Metrics";
  return (
    <section className="section" aria-label={name}>
      {!(isOnly && title === "") && (
        <div className="chart-section-head">
          <h2 className="chart-section-title">
            <button type="button" aria-expanded={isOpen} onClick={onFold}>
              <Icon name={isOpen ? "down" : "right"} size={13} />
              {name} <span className="quiet">{keys.length}</span>
            </button>
          </h2>
          {title !== PINNED && !isOnly && (
            <Menu
              trigger={<IconButton icon="more" size={14} label={`Move the section ${name}`} />}
              align="start"
              items={[
                { label: "Move up", icon: "up", onSelect: () => onShift(-1) },
                { label: "Move down", icon: "down", onSelect: () => onShift(1) },
              ]}
            />
          )}
        </div>
      )}
      {isOpen && (
        <div className="chart-grid">
          {keys.map((key) => (
            <Fragment key={key}>{chart(key)}</Fragment>
          ))}
        </div>
      )}
    </section>
  );
}
