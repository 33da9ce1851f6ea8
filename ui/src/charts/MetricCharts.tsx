import "./charts.css";

import { Fragment, type ReactNode, useMemo } from "react";

import { IconButton } from "../components/Button";
import { Icon } from "../components/Icon";
import { Menu } from "../components/Menu";
import { Empty } from "../components/States";
import { useNotices } from "../components/Notices";
import { type ChartArrangement, type ChartSection, PINNED, sectionsOf, withDrop, withFold, withPin, withSectionShift, withShift, withWidth } from "../lib/chartSections";
import { counted } from "../lib/numbers";
import type { ChartSearch } from "../lib/viewState";
import { type ChartBoard, ChartBoardContext } from "./ChartCard";
import { ChartControls } from "./ChartControls";
import type { ChartRun } from "./MetricPicture";

interface MetricChartsProps {
  keys: string[];
  runs: ChartRun[];
  search: ChartSearch;
  onSearch: (change: ChartSearch) => void;
  /** The chart of a metric. */
  chart: (metric: string) => ReactNode;
  /** The address of the page with a change of what it shows, where it has one. */
  link?: (change: ChartSearch) => string;
}

const FAR = 1e6;
const NOTHING: string[] = [];

/** A chart per metric, in sections by the first part of its name, all drawn the same way. */
export function MetricCharts({ keys, runs, search, onSearch, chart, link }: MetricChartsProps) {
  const { tell } = useNotices();
  const wanted = (search.q ?? "").toLowerCase();
  const { pins, order, sections: titles, wide = NOTHING, gone = NOTHING, large } = search;
  const sections = useMemo(
    () => sectionsOf(keys.filter((key) => key.toLowerCase().includes(wanted) && !gone.includes(key)), arrangement(pins, order, titles)),
    [keys, wanted, pins, order, titles, gone],
  );
  const board = useMemo<ChartBoard>(() => {
    const apply = (change: ChartArrangement | null) => {
      if (change) onSearch(change);
      return change !== null;
    };
    const now = arrangement(pins, order, titles);
    return {
      isPinned: (id) => pins?.includes(id) ?? false,
      pin: (id) => void apply(withPin(now, id)),
      shift: (id, by) => apply(withShift(now, sections, id, by)),
      drop: (id, onto) => void apply(withDrop(now, sections, id, onto)),
      isWide: (id) => wide.includes(id),
      widen: (id) => void apply(withWidth({ wide }, id)),
      remove: (id, title) => {
        onSearch({ gone: [...gone, id] });
        tell(`The chart of ${title} was removed.`, { label: "Undo", run: () => onSearch({ gone: gone.length > 0 ? gone : undefined }) });
      },
      large,
      enlarge: (id) => onSearch({ large: id ?? undefined }),
      // What is searched for or folded could keep the chart itself from the page.
      link: link && ((id) => link({ large: id, q: undefined, closed: undefined })),
    };
  }, [sections, pins, order, titles, wide, gone, large, onSearch, tell, link]);
  const missing = gone.filter((key) => keys.includes(key)).length;
  return (
    <ChartBoardContext value={board}>
      <div className="metric-charts">
        <ChartControls search={search} keys={keys} runs={runs} onSearch={onSearch} />
        {sections.length === 0 && <Empty icon="search" title={search.q ? `No metric is called “${search.q}”` : "Every chart was removed"} />}
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
        {missing > 0 && (
          <p className="quiet chart-note">
            {counted(missing, "chart")} {missing === 1 ? "was" : "were"} removed.{" "}
            <button type="button" className="link-button" onClick={() => onSearch({ gone: undefined })}>
              Bring back
            </button>
          </p>
        )}
      </div>
    </ChartBoardContext>
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
                { label: "Move to the top", icon: "up", onSelect: () => onShift(-FAR) },
                { label: "Move up", icon: "up", onSelect: () => onShift(-1) },
                { label: "Move down", icon: "down", onSelect: () => onShift(1) },
                { label: "Move to the bottom", icon: "down", onSelect: () => onShift(FAR) },
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
