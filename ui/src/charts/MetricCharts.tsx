import "./charts.css";

import { type CSSProperties, Fragment, type ReactNode, useCallback, useMemo, useRef, useState } from "react";

import { Button } from "../components/Button";
import { NameDialog } from "../components/LazyDialogs";
import { useNotices } from "../components/Notices";
import { Empty } from "../components/States";
import { ADDED, type Card, type CardKind, cardsOf, newCard, withCard } from "../lib/cards";
import { type ChartArrangement, PINNED, sectionOf, sectionsOf, withDrop, withFold, withoutSection, withPin, withRenamedSection, withSection, withSectionShift, withShift } from "../lib/chartSections";
import { isWideKind } from "../lib/chartSizes";
import { counted } from "../lib/numbers";
import type { ChartSearch } from "../lib/viewState";
import { AddChart } from "./AddChart";
import { type ChartBoard, ChartBoardContext } from "./ChartCard";
import { ChartControls } from "./ChartControls";
import { ChartSectionView } from "./ChartSectionView";
import type { ChartRun } from "./MetricPicture";
import { SizesContext, useColumns, useSizeBoard } from "./sizes";

interface MetricChartsProps {
  keys: string[];
  runs: ChartRun[];
  search: ChartSearch;
  onSearch: (change: ChartSearch) => void;
  /** The chart of a metric. */
  chart: (metric: string) => ReactNode;
  /** Which charts can be added, and how one is drawn, where that is offered. */
  added?: { kinds: readonly CardKind[]; view: (card: Card, onCard: (change: Partial<Record<keyof Card, unknown>>) => void) => ReactNode };
  /** Shown if there is neither a metric nor an added chart. */
  empty?: ReactNode;
  /** The address of the page with a change of what it shows, where it has one. */
  link?: (change: ChartSearch) => string;
}

const NOTHING: string[] = [];

/** A chart per metric, in sections by the first part of its name, all drawn the same way, and those that people add. */
export function MetricCharts({ keys, runs, search, onSearch, chart, added, empty, link }: MetricChartsProps) {
  const { tell } = useNotices();
  const wanted = (search.q ?? "").toLowerCase();
  const { pins, order, sections: titles, own, sizes, gone = NOTHING, large, zoom } = search;
  const cards = useMemo(() => (added ? cardsOf(search.cards) : []), [added, search.cards]);
  const now = useMemo(
    (): ChartArrangement => ({ ...(pins ? { pins } : {}), ...(order ? { order } : {}), ...(titles ? { sections: titles } : {}), ...(own ? { own } : {}) }),
    [pins, order, titles, own],
  );
  const sections = useMemo(
    () => sectionsOf(keys.filter((key) => key.toLowerCase().includes(wanted) && !gone.includes(key)), added ? now : { ...now, own: [] }, cards),
    [keys, wanted, now, gone, cards, added],
  );
  const frame = useRef<HTMLDivElement>(null);
  const columns = useColumns(frame);
  const usualColumns = useCallback((id: string) => (isWideKind(cards.find((card) => card.id === id)?.kind) ? "all" : 1), [cards]);
  const sizeBoard = useSizeBoard(sizes, onSearch, columns, usualColumns);
  const [fresh, setFresh] = useState<string>();
  const hasCards = added !== undefined;
  const board = useMemo<ChartBoard>(() => {
    const apply = (change: ChartArrangement | null) => {
      if (change) onSearch(change);
      return change !== null;
    };
    const before: ChartArrangement = { cards: cards.length > 0 ? cards : undefined, gone: gone.length > 0 ? gone : undefined, pins, order };
    return {
      isPinned: (id) => pins?.includes(id) ?? false,
      pin: (id) => void apply(withPin(now, id)),
      shift: (id, by) => apply(withShift(now, sections, id, by, cards)),
      drop: (id, onto) => void apply(withDrop(now, sections, id, onto, cards)),
      sectionsFor: (id) => {
        const card = cards.find((each) => each.id === id);
        return card ? (own ?? []).filter((title) => title !== card.section) : [];
      },
      moveTo: (id, section) => void apply(withSection(id, section, cards)),
      copy: hasCards
        ? (metric) => {
            const card = { ...newCard("lines", sectionOf(metric), cards), metrics: [metric] };
            onSearch({ cards: [...cards, card] });
            setFresh(card.id);
          }
        : undefined,
      remove: (id, title) => {
        const rest = cards.filter((card) => card.id !== id);
        onSearch(rest.length < cards.length ? { cards: rest.length > 0 ? rest : undefined } : { gone: [...gone, id] });
        tell(`The chart of ${title} was removed.`, { label: "Undo", run: () => onSearch(before) });
      },
      fresh,
      large,
      enlarge: (id) => onSearch({ large: id ?? undefined }),
      zoomOf: (id) => zoom?.[id],
      zoom: (id, to) => {
        const { [id]: _, ...rest } = zoom ?? {};
        const next = to ? { ...rest, [id]: to } : rest;
        onSearch({ zoom: Object.keys(next).length > 0 ? next : undefined });
      },
      // What is searched for or folded could keep the chart itself from the page.
      link: link && ((id) => link({ large: id, q: undefined, closed: undefined })),
    };
  }, [hasCards, sections, cards, now, pins, order, own, gone, fresh, large, zoom, onSearch, tell, link]);

  const add = (kind: CardKind, section = own?.[0] ?? ADDED) => {
    const card = newCard(kind, section, cards);
    const isOwn = section === "" || section === PINNED || keys.some((key) => key.startsWith(`${section}/`)) || own?.includes(section);
    onSearch({ cards: [...cards, card], ...(isOwn ? {} : { own: [section, ...(own ?? [])] }), closed: search.closed?.filter((each) => each !== section), q: undefined });
    setFresh(card.id);
  };
  const [naming, setNaming] = useState<{ old: string | null } | null>(null);
  const name = async (title: string) => {
    if (sections.some((section) => section.title === title)) throw new Error(`There is a section ${title} already: choose another name.`);
    onSearch(naming?.old === null ? { own: [title, ...(own ?? [])] } : withRenamedSection({ ...now, ...(search.closed ? { closed: search.closed } : {}) }, naming?.old ?? "", title, cards));
  };
  const removeSection = (title: string) => {
    onSearch(withoutSection(now, title, cards));
    tell(`The section ${title} was removed.`, { label: "Undo", run: () => onSearch({ cards: cards.length > 0 ? cards : undefined, own, sections: titles }) });
  };
  const missing = gone.filter((key) => keys.includes(key)).length;
  return (
    <ChartBoardContext value={board}>
      <SizesContext value={sizeBoard}>
        <div className="metric-charts" ref={frame} style={{ "--columns": columns } as CSSProperties}>
          <ChartControls search={search} keys={keys} runs={runs} columns={columns} onSearch={onSearch}>
            {added && <AddChart kinds={added.kinds} onAdd={add} onSection={() => setNaming({ old: null })} />}
          </ChartControls>
          {sections.length === 0 && keys.length === 0 && (empty ?? <Empty icon="chart" title="No metric was logged yet" />)}
          {sections.length === 0 && keys.length > 0 && (
            <Empty icon="search" title={search.q ? `No metric is called “${search.q}”` : "Every chart was removed"}>
              {search.q && <Button onClick={() => onSearch({ q: undefined })}>Show all metrics</Button>}
            </Empty>
          )}
          {sections.map((section) => (
            <ChartSectionView
              key={section.title}
              section={section}
              isOnly={sections.length === 1}
              isOpen={!search.closed?.includes(section.title)}
              isOwn={own?.includes(section.title) ?? false}
              kinds={added?.kinds}
              onAdd={(kind) => add(kind, section.title === PINNED ? undefined : section.title)}
              onFold={() => onSearch(withFold(search, section.title))}
              onShift={(by) => onSearch(withSectionShift(sections, section.title, by) ?? {})}
              onRename={() => setNaming({ old: section.title })}
              onRemove={() => removeSection(section.title)}
            >
              {section.keys.map((key) => {
                const card = cards.find((each) => each.id === key);
                return <Fragment key={key}>{card && added ? added.view(card, (change) => onSearch({ cards: withCard(cards, key, change) })) : chart(key)}</Fragment>;
              })}
            </ChartSectionView>
          ))}
          {missing > 0 && (
            <p className="quiet chart-note">
              {counted(missing, "chart")} {missing === 1 ? "was" : "were"} removed.{" "}
              <button type="button" className="link-button" onClick={() => onSearch({ gone: undefined })}>
                Bring back
              </button>
            </p>
          )}
          {naming && (
            <NameDialog
              title={naming.old === null ? "Add a section" : "Rename the section"}
              label="Name"
              submit={naming.old === null ? "Add" : "Rename"}
              initial={naming.old ?? ""}
              onClose={() => setNaming(null)}
              onSubmit={name}
            />
          )}
        </div>
      </SizesContext>
    </ChartBoardContext>
  );
}
