import "./CompareTable.css";
import "../components/Table.css";

import { type ReactNode, useMemo, useState } from "react";

import type { RunRow } from "../api/schema";
import { Button, IconButton } from "../components/Button";
import { CopyButton, copyText } from "../components/Copy";
import { Switch } from "../components/Field";
import { Icon } from "../components/Icon";
import { useNotices } from "../components/Notices";
import { DurationText, RunStatusText, TimeText } from "../components/Values";
import { isOwnTag } from "../lib/columns";
import { type ComparedRow, comparedMetrics, comparedTexts, markdownTable, toldDifference } from "../lib/differences";
import { shortText } from "../lib/numbers";

interface CompareTableProps {
  runs: RunRow[];
  colours: string[];
  onlyDifferences: boolean;
  onOnlyDifferences: (on: boolean) => void;
  /** The run to which the differences of the others are told, where one is chosen. */
  base: string | undefined;
  onBase: (id: string | undefined) => void;
  /** A run's name as a link to it. */
  link: (run: RunRow, name: string) => ReactNode;
  /** A metric's name as a link to its curves, where there are any. */
  metricLink?: (metric: string) => ReactNode;
  /** What a line of the code leads to, where it leads anywhere. */
  codeLink?: (key: string) => ReactNode;
  /** What the models of the runs need, as far as it is known. */
  environments?: (Record<string, string> | null)[];
  /** Takes a run out, where that can be done. */
  onRemove?: (id: string) => void;
}

export interface ComparedTable {
  title: string;
  rows: ComparedRow[];
  shorten: boolean;
}

/** More columns than this are drawn only when they are asked for. */
const SHOWN_FIRST = 40;
const SHOWN_MORE = 200;

/** Runs side by side: a column each, rows that differ marked. */
export function CompareTable(props: CompareTableProps) {
  const { runs, colours, onlyDifferences, onOnlyDifferences, base, onBase, link, metricLink, codeLink, environments, onRemove } = props;
  const { tell, tellFailure } = useNotices();
  const sections = useMemo<ComparedTable[]>(
    () => [
      { title: "Parameters", rows: comparedTexts(runs.map((run) => run.params)), shorten: true },
      { title: "Metrics", rows: comparedMetrics(runs), shorten: false },
      { title: "Tags", rows: comparedTexts(runs.map((run) => ownTags(run.tags))), shorten: false },
      { title: "Data", rows: comparedTexts(runs.map(dataOf)), shorten: false },
      { title: "Code", rows: comparedTexts(runs.map(codeOf)), shorten: false },
      { title: "Environment", rows: environments ? comparedTexts(runs.map((_, at) => environments[at] ?? {})) : [], shorten: false },
    ],
    [runs, environments],
  );
  const names = runs.map((run) => run.run_name || run.run_id);
  const baseAt = runs.findIndex((run) => run.run_id === base);
  const [most, setMost] = useState(SHOWN_FIRST);
  // What others are told to differ from is always in sight.
  const shown = useMemo(() => [...runs.keys()].filter((at) => at < most || at === baseAt), [runs, most, baseAt]);
  const shownRuns = useMemo(() => shown.map((at) => runs[at]!), [shown, runs]);
  const differing = sections.flatMap((section) => section.rows).filter((row) => row.differs).length;
  const copy = () => {
    const shown = sections.map(({ title, rows }) => ({ title, rows: onlyDifferences ? rows.filter((row) => row.differs) : rows }));
    copyText(markdownTable(names, shown, baseAt)).then(() => tell("The comparison was copied as Markdown."), tellFailure);
  };
  return (
    <section className="section" aria-label="Differences">
      <div className="section-head">
        <h2>Side by side</h2>
        <span className="quiet">{differing === 0 ? "nothing differs" : `${differing} ${differing === 1 ? "row differs" : "rows differ"}`}</span>
        <div className="section-end">
          {runs.length > 1 && (
            <label className="compare-base">
              Difference to
              <select value={baseAt < 0 ? "" : base} onChange={(event) => onBase(event.target.value || undefined)}>
                <option value="">no run</option>
                {runs.map((run, at) => (
                  <option key={run.run_id} value={run.run_id}>
                    {names[at]}
                  </option>
                ))}
              </select>
            </label>
          )}
          <Switch label="Only differences" checked={onlyDifferences} onChange={onOnlyDifferences} />
          <Button icon="copy" onClick={copy}>
            Copy as Markdown
          </Button>
        </div>
      </div>
      {/* A region that scrolls must be reachable without a mouse. */}
      {/* oxlint-disable-next-line jsx-a11y/no-noninteractive-tabindex */}
      <div className="table-wrap compare-wrap" tabIndex={0} role="region" aria-label="Runs side by side">
        <table className="table compare-table">
          <thead>
            <tr>
              <td className="compare-key" />
              {shown.map((at) => (
                <th key={runs[at]!.run_id} scope="col">
                  <span className="compare-run">
                    <i className="run-dot" style={{ background: colours[at] }} aria-hidden="true" />
                    {link(runs[at]!, names[at]!)}
                    {onRemove && runs.length > 1 && (
                      <IconButton icon="close" size={12} label={`Take ${names[at]} out of the comparison`} onClick={() => onRemove(runs[at]!.run_id)} />
                    )}
                  </span>
                </th>
              ))}
            </tr>
          </thead>
          {!onlyDifferences && (
            <tbody>
              <AttributeRow title="Run ID" runs={shownRuns} cell={(run) => <RunId id={run.run_id} name={run.run_name || run.run_id} />} />
              <AttributeRow title="Status" runs={shownRuns} cell={(run) => <RunStatusText status={run.status} lost={run.lost} />} />
              <AttributeRow title="Created" runs={shownRuns} cell={(run) => <TimeText value={run.start_time} />} />
              <AttributeRow title="Ended" runs={shownRuns} cell={(run) => (run.end_time === undefined ? "–" : <TimeText value={run.end_time} />)} />
              <AttributeRow title="Duration" runs={shownRuns} cell={(run) => <DurationText start={run.start_time} end={run.end_time} />} />
              <AttributeRow title="User" runs={shownRuns} cell={(run) => run.user_id || "–"} />
            </tbody>
          )}
          {sections.map((section) => (
            <CompareSection key={section.title} section={section} onlyDifferences={onlyDifferences} shown={shown} baseAt={baseAt} {...keyLinkOf(section.title, metricLink, codeLink)} />
          ))}
        </table>
      </div>
      {shown.length < runs.length && (
        <p className="table-foot">
          {shown.length} of {runs.length.toLocaleString("en-US")} runs are in the table; what differs is told of all of them.
          <Button onClick={() => setMost(most + SHOWN_MORE)}>Show {Math.min(SHOWN_MORE, runs.length - shown.length)} more</Button>
        </p>
      )}
    </section>
  );
}

function ownTags(tags: Record<string, string>): Record<string, string> {
  return Object.fromEntries(Object.entries(tags).filter(([key]) => isOwnTag(key)));
}

function keyLinkOf(title: string, metricLink: CompareTableProps["metricLink"], codeLink: CompareTableProps["codeLink"]): Pick<CompareSectionProps, "keyLink"> {
  const keyLink = title === "Metrics" ? metricLink : title === "Code" ? codeLink : undefined;
  return keyLink ? { keyLink } : {};
}

/** The data of a run by what it was used for, each with what tells it from others of its name. */
function dataOf(run: RunRow): Record<string, string> {
  const found: Record<string, string> = {};
  for (const { name, digest, context = "data" } of run.datasets) found[context] = [...(found[context] ? [found[context]] : []), `${name} (${digest})`].sort().join(", ");
  return found;
}

const CODE = { "mlflow.source.name": "Source", "mlflow.source.git.commit": "Commit", "mlflow.source.git.branch": "Branch" };

function codeOf(run: RunRow): Record<string, string> {
  return Object.fromEntries(Object.entries(CODE).flatMap(([tag, name]) => (run.tags[tag] ? [[name, run.tags[tag]]] : [])));
}

function AttributeRow({ title, runs, cell }: { title: string; runs: RunRow[]; cell: (run: RunRow) => ReactNode }) {
  return (
    <tr>
      <th scope="row" className="compare-key">
        {title}
      </th>
      {runs.map((run) => (
        <td key={run.run_id}>{cell(run)}</td>
      ))}
    </tr>
  );
}

/** Long enough to tell runs apart; the copy is whole. */
function RunId({ id, name }: { id: string; name: string }) {
  return (
    <span className="compare-run">
      <code data-hint={id} data-whole={id}>
        {id.slice(0, 8)}
      </code>
      <CopyButton text={id} label={`Copy the ID of ${name}`} />
    </span>
  );
}

interface CompareSectionProps {
  section: ComparedTable;
  onlyDifferences: boolean;
  /** Which of the columns are drawn. */
  shown: number[];
  /** The column to which the others tell their difference; -1 for none. */
  baseAt?: number;
  keyLink?: (key: string) => ReactNode;
}

/** The rows of one kind: those that differ are marked, or alone are shown. */
export function CompareSection({ section, onlyDifferences, shown, baseAt = -1, keyLink }: CompareSectionProps) {
  const [isOpen, setOpen] = useState(true);
  const rows = onlyDifferences ? section.rows.filter((row) => row.differs) : section.rows;
  if (rows.length === 0) return null;
  return (
    <tbody>
      <tr className="compare-section">
        <th scope="rowgroup" colSpan={shown.length + 1}>
          <button type="button" aria-expanded={isOpen} onClick={() => setOpen(!isOpen)}>
            <Icon name={isOpen ? "down" : "right"} size={13} />
            {section.title}
          </button>
          {!isOpen && <span className="quiet">{rows.length}</span>}
        </th>
      </tr>
      {(isOpen ? rows : []).map((row) => (
        <tr key={row.key} className={row.differs ? "differs" : undefined}>
          <th scope="row" className="compare-key">
            {keyLink ? keyLink(row.key) : row.key}
            {row.differs && <span className="visually-hidden"> (differs)</span>}
          </th>
          {shown.map((at) => (
            <td key={at} className="number">
              {row.cells[at] === null || row.cells[at] === undefined ? (
                <span className="quiet" aria-label="no value">
                  –
                </span>
              ) : (
                <span data-hint={row.whole[at]} data-whole={row.whole[at]} className="compare-cell">
                  {row.cells[at] === "" ? <i className="quiet">empty</i> : section.shorten ? shortText(row.cells[at]) : row.cells[at]}
                </span>
              )}
              {baseAt >= 0 && at !== baseAt && row.differs && <span className="compare-delta">{toldDifference(row, at, baseAt)}</span>}
              {row.highest === at && <Extreme text="highest" sign="↑" />}
              {row.lowest === at && <Extreme text="lowest" sign="↓" />}
            </td>
          ))}
        </tr>
      ))}
    </tbody>
  );
}

function Extreme({ text, sign }: { text: string; sign: string }) {
  return (
    <span className="compare-extreme" data-hint={text}>
      <span aria-hidden="true">{sign}</span>
      <span className="visually-hidden"> ({text})</span>
    </span>
  );
}
