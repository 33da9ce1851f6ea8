import "../components/Table.css";
import "../pages/CompareTable.css";

import { useMemo } from "react";

import { ChartCard } from "../charts/ChartCard";
import { Button } from "../components/Button";
import { copyText } from "../components/Copy";
import { useNotices } from "../components/Notices";
import { comparedMetrics, comparedTexts, differenceRows, markdownTable } from "../lib/differences";
import { differingRows } from "../lib/plots";
import { CompareSection } from "../pages/CompareTable";
import type { CardProps } from "./CardView";
import { ManyChoice, metricChoices, TitleField } from "./choices";
import { DrawnTable } from "./DrawnTable";
import { OfAll } from "./OfAll";
import { notYet } from "./NotYet";

const HEIGHT = 120;
/** More columns than this are not read side by side. */
const MOST_RUNS = 20;

/** What each run has more or less than one of them. */
export function DifferenceCard({ card, data, onCard }: CardProps) {
  const { tell, tellFailure } = useNotices();
  const ids = useMemo(() => differingRows(card, data.all), [card, data.all]);
  const drawn = useMemo(() => {
    const byId = new Map((data.runs ?? []).map((run) => [run.run_id, run]));
    const rows = data.curves.flatMap((run) => byId.get(run.id) ?? []);
    const base = byId.get(card.base ?? "") ?? rows[0];
    return base ? [base, ...rows.filter((run) => run !== base).slice(0, MOST_RUNS)] : [];
  }, [data.runs, data.curves, card.base]);
  const sections = useMemo(() => {
    const only = (group: string, texts: Record<string, unknown>) => Object.fromEntries(Object.entries(texts).filter(([key]) => ids.includes(`${group}.${key}`)));
    return [
      { title: "Metrics", rows: comparedMetrics(drawn.map((run) => ({ ...run, metrics: only("metrics", run.metrics) as typeof run.metrics }))), shorten: false },
      { title: "Parameters", rows: comparedTexts(drawn.map((run) => only("params", run.params) as Record<string, string>)), shorten: true },
    ];
  }, [drawn, ids]);
  const colours = new Map(data.curves.map((run) => [run.id, run.colour]));
  const base = drawn[0];
  const nameOf = (run: { run_name: string; run_id: string }) => run.run_name || run.run_id;
  const names = drawn.map(nameOf);
  // Nobody chose what is shown: then it is what differs.
  const shown = useMemo(
    () => (card.metrics === undefined ? sections.map((section) => ({ ...section, rows: section.rows.filter((row) => row.differs) })) : sections),
    [sections, card.metrics],
  );
  const usual = base ? `Difference to ${nameOf(base)}` : "Difference";
  const title = card.title ?? usual;
  const waiting = notYet(data, ids, title);
  const isDrawn = waiting === null && drawn.length > 1;
  const metrics = card.metrics ?? ids.filter((id) => id.startsWith("metrics.")).map((id) => id.slice("metrics.".length));
  return (
    <ChartCard
      id={card.id}
      title={title}
      height={HEIGHT}
      grows
      beside={isDrawn && <OfAll shown={drawn.length} total={data.total} />}
      settings={
        <>
          <label className="plot-select">
            <span>To</span>
            <select value={base?.run_id ?? ""} onChange={(event) => onCard({ base: event.target.value })}>
              {data.curves.map((run) => (
                <option key={run.id} value={run.id}>
                  {run.name}
                </option>
              ))}
            </select>
          </label>
          <ManyChoice label="Metrics" all={metricChoices(data.keys)} chosen={metrics} onChange={(chosen) => onCard({ metrics: chosen ?? undefined })} />
          <Button kind="quiet" disabled={card.metrics === undefined} onClick={() => onCard({ metrics: undefined })}>
            All that differs
          </Button>
          <TitleField title={card.title} usual={usual} onChange={(chosen) => onCard({ title: chosen })} />
        </>
      }
      rows={isDrawn ? () => differenceRows(names, shown, 0) : null}
      actions={[
        {
          label: "Copy as Markdown",
          icon: "copy",
          disabled: !isDrawn,
          onSelect: () => void copyText(markdownTable(names, shown, 0)).then(() => tell("The difference was copied as Markdown."), tellFailure),
        },
      ]}
    >
      {(height, isLarge, isChosen) => {
        if (waiting !== null) return waiting;
        if (drawn.length < 2) return <p className="chart-problem quiet">A difference needs two runs.</p>;
        return (
          // A region that scrolls must be reachable without a mouse.
          // oxlint-disable-next-line jsx-a11y/no-noninteractive-tabindex
          <div className="table-wrap card-table" style={isLarge || isChosen ? { maxHeight: height } : undefined} tabIndex={0} role="region" aria-label={`Table: ${title}`}>
            <DrawnTable columns={drawn.map((run, at) => ({ name: names[at]!, colour: colours.get(run.run_id) ?? "" }))} sections={shown} baseAt={0} />
            <table className="table compare-table">
              <thead>
                <tr>
                  <td className="compare-key" />
                  {drawn.map((run) => (
                    <th key={run.run_id} scope="col">
                      <span className="compare-run">
                        <i className="run-dot" style={{ background: colours.get(run.run_id) }} aria-hidden="true" />
                        <button type="button" className="link-button" onClick={() => data.onOpen(run)} data-hint={nameOf(run)}>
                          {nameOf(run)}
                        </button>
                      </span>
                    </th>
                  ))}
                </tr>
              </thead>
              {shown.map((section) => (
                <CompareSection key={section.title} section={section} onlyDifferences={false} shown={[...drawn.keys()]} baseAt={0} />
              ))}
            </table>
          </div>
        );
      }}
    </ChartCard>
  );
}
